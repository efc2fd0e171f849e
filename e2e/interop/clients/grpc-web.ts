import * as grpcWeb from "grpc-web"
import { base64Decode } from "@bufbuild/protobuf/wire"
import type { Call, End, Events, Fields, StartCall } from "./call.ts"

/** Google's client in its text format. Servers stream message by message to this format. */
export const startTextCall: StartCall = (bridge, call, events) => start("text", bridge, call, events)
/** Google's client in its binary format. */
export const startBinaryCall: StartCall = (bridge, call, events) => start("binary", bridge, call, events)

function start(format: "text" | "binary", bridge: string, call: Call, events: Events): () => void {
  const client = new grpcWeb.GrpcWebClientBase({ format })
  const prepared = prepare(bridge, call)
  if (!call.isStream) return startUnary(client, prepared, events)
  const { url, request, metadata, descriptor } = prepared
  return startStream(client.serverStreaming(url, request, metadata, descriptor), events)
}

/** The arguments that a generated method passes to the client. */
interface Prepared {
  readonly url: string
  readonly request: Uint8Array
  readonly metadata: grpcWeb.Metadata
  readonly descriptor: grpcWeb.MethodDescriptor<Uint8Array, Uint8Array>
}

function prepare(bridge: string, call: Call): Prepared {
  // This client takes a deadline as a point in time, in the metadata.
  const metadata: grpcWeb.Metadata = Object.fromEntries(call.metadata)
  if (call.timeoutMs !== undefined) metadata["deadline"] = String(Date.now() + call.timeoutMs)
  const path = `/${call.service}/${call.method}`
  const descriptor = new grpcWeb.MethodDescriptor<Uint8Array, Uint8Array>(
    path,
    call.isStream ? grpcWeb.MethodType.SERVER_STREAMING : grpcWeb.MethodType.UNARY,
    Uint8Array,
    Uint8Array,
    (message: Uint8Array) => message,
    (bytes: Uint8Array) => bytes,
  )
  return { url: bridge + path, request: base64Decode(call.request), metadata, descriptor }
}

function startUnary(
  client: grpcWeb.GrpcWebClientBase,
  { url, request, metadata, descriptor }: Prepared,
  events: Events,
): () => void {
  let trailer: grpcWeb.Metadata = {}
  const stream = client.rpcCall(url, request, metadata, descriptor, (error: grpcWeb.RpcError | null, message) => {
    if (error !== null) return events.end(failure(error))
    events.message(message)
    events.end({ code: 0, message: "", trailer: fields(trailer) })
  })
  stream.on("metadata", (header) => events.header(fields(header)))
  // The status event comes before the callback. A failure carries its own metadata and may have no status event.
  stream.on("status", ({ metadata = {} }) => (trailer = metadata))
  return () => cancelAndEnd(stream, events)
}

function startStream(stream: grpcWeb.ClientReadableStream<Uint8Array>, events: Events): () => void {
  let trailer: grpcWeb.Metadata = {}
  stream.on("metadata", (header) => events.header(fields(header)))
  stream.on("data", (message) => events.message(message))
  stream.on("status", ({ metadata = {} }) => (trailer = metadata))
  stream.on("error", (error) => events.end(failure(error)))
  stream.on("end", () => events.end({ code: 0, message: "", trailer: fields(trailer) }))
  return () => cancelAndEnd(stream, events)
}

/** This client reports nothing about a cancelled call, so the end is reported here. */
function cancelAndEnd(stream: grpcWeb.ClientReadableStream<Uint8Array>, events: Events): void {
  stream.cancel()
  events.end({ code: null, message: "", trailer: [] })
}

function failure({ code, message, metadata }: grpcWeb.RpcError): End {
  return { code, message, trailer: fields(metadata) }
}

function fields(metadata: grpcWeb.Metadata): Fields {
  return Object.entries(metadata)
}
