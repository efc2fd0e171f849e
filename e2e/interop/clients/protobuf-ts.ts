import { GrpcWebFetchTransport } from "@protobuf-ts/grpcweb-transport"
import { MessageType } from "@protobuf-ts/runtime"
import { RpcError } from "@protobuf-ts/runtime-rpc"
import type { MethodInfo, RpcMetadata, RpcOptions } from "@protobuf-ts/runtime-rpc"
import { base64Decode } from "@bufbuild/protobuf/wire"
import type { Call, Events, Fields, StartCall } from "./call.ts"

interface Message {
  readonly bytes: Uint8Array
}

/** A message that consists of its bytes. The library needs a type to write and read it. */
class BytesType extends MessageType<Message> {
  constructor() {
    super("grpc.testing.Bytes", [])
  }

  override toBinary({ bytes }: Message): Uint8Array {
    return bytes
  }

  override fromBinary(bytes: Uint8Array): Message {
    return { bytes }
  }
}

/** protobuf-ts's transport in its text format, the default. */
export const startTextCall: StartCall = (bridge, call, events) => start("text", bridge, call, events)
/** protobuf-ts's transport in its binary format. */
export const startBinaryCall: StartCall = (bridge, call, events) => start("binary", bridge, call, events)

function start(format: "text" | "binary", baseUrl: string, call: Call, events: Events): () => void {
  const abort = new AbortController()
  void run(new GrpcWebFetchTransport({ baseUrl, format }), call, abort.signal, events).catch((cause: unknown) => {
    if (!(cause instanceof RpcError)) throw cause
    events.end({ code: codes.indexOf(cause.code), message: cause.message, trailer: fields(cause.meta) })
  })
  return () => abort.abort()
}

async function run(transport: GrpcWebFetchTransport, call: Call, abort: AbortSignal, events: Events): Promise<void> {
  const options: RpcOptions = transport.mergeOptions({ abort, meta: metadata(call), timeout: call.timeoutMs })
  const request = { bytes: base64Decode(call.request) }
  const open = call.isStream
    ? transport.serverStreaming(methodOf(call), request, options)
    : transport.unary(methodOf(call), request, options)
  const header = open.headers.then((header) => events.header(fields(header)))
  if ("responses" in open) for await (const { bytes } of open.responses) events.message(bytes)
  else events.message((await open.response).bytes)
  await header
  const [{ detail }, trailer] = await Promise.all([open.status, open.trailers])
  events.end({ code: 0, message: detail, trailer: fields(trailer) })
}

function methodOf({ service, method, isStream }: Call): MethodInfo<Message, Message> {
  const type = new BytesType()
  return {
    service: { typeName: service, methods: [], options: {} },
    name: method,
    localName: method,
    idempotency: undefined,
    serverStreaming: isStream,
    clientStreaming: false,
    I: type,
    O: type,
    options: {},
  }
}

function metadata({ metadata }: Call): RpcMetadata {
  const made: Record<string, string[]> = {}
  for (const [name, value] of metadata) (made[name] ??= []).push(value)
  return made
}

function fields(metadata: RpcMetadata): Fields {
  return Object.entries(metadata).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
}

/** protobuf-ts reports codes as names, in the order of gRPC's numbers. */
const codes: readonly string[] = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
]
