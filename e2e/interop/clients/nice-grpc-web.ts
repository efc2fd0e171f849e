import { ClientError, createChannel, createClient, Metadata } from "nice-grpc-web"
import type { CallOptions, MethodDefinition } from "nice-grpc-web"
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire"
import type { Call, End, Events, Fields, StartCall } from "./call.ts"

type Bytes = Uint8Array

/** nice-grpc-web's client with its default transport, fetch. */
export const startCall: StartCall = (bridge, call, events) => {
  const abort = new AbortController()
  let trailer: Fields = []
  const options: CallOptions = {
    signal: abort.signal,
    metadata: requestMetadata(call),
    onHeader: (header) => events.header(fields(header)),
    onTrailer: (metadata) => (trailer = fields(metadata)),
  }
  void run(bridge, call, options, events).then(
    () => events.end({ code: 0, message: "", trailer }),
    (cause: unknown) => events.end(failure(cause, trailer)),
  )
  return () => abort.abort()
}

async function run(bridge: string, call: Call, options: CallOptions, events: Events): Promise<void> {
  const same = (bytes: Bytes): Bytes => bytes
  const method: MethodDefinition<Bytes, Bytes, Bytes, Bytes> = {
    path: `/${call.service}/${call.method}`,
    requestStream: false,
    responseStream: call.isStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
    options: {},
  }
  const channel = createChannel(bridge)
  const request = base64Decode(call.request)
  if (call.isStream) {
    const client = createClient(
      { call: { ...method, requestStream: false as const, responseStream: true as const } },
      channel,
    )
    for await (const message of client.call(request, options)) events.message(message)
  } else {
    const client = createClient(
      { call: { ...method, requestStream: false as const, responseStream: false as const } },
      channel,
    )
    events.message(await client.call(request, options))
  }
}

/** This client takes binary values as bytes. It has no deadlines, so its users write the header themselves. */
function requestMetadata({ metadata, timeoutMs }: Call): Metadata {
  const made = new Metadata()
  for (const [name, value] of metadata) {
    if (name.endsWith("-bin")) made.append(name, base64Decode(value))
    else made.append(name, value)
  }
  if (timeoutMs !== undefined) made.set("grpc-timeout", `${timeoutMs}m`)
  return made
}

function fields(metadata: Metadata): Fields {
  return [...metadata].flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, typeof value === "string" ? value : base64Encode(value)]),
  )
}

function failure(cause: unknown, trailer: Fields): End {
  if (cause instanceof ClientError) return { code: cause.code, message: cause.details, trailer }
  // This client rejects with the AbortError itself when a call is cancelled.
  if (cause instanceof Error && cause.name === "AbortError") return { code: null, message: cause.message, trailer }
  throw cause
}
