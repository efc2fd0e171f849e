import { grpc } from "@improbable-eng/grpc-web"
import { base64Decode } from "@bufbuild/protobuf/wire"
import type { Fields, StartCall } from "./call.ts"

/** A message that consists of its bytes. */
class Bytes implements grpc.ProtobufMessage {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.bytes = bytes
  }

  static deserializeBinary(bytes: Uint8Array): Bytes {
    return new Bytes(bytes)
  }

  serializeBinary(): Uint8Array {
    return this.bytes
  }

  toObject(): object {
    return {}
  }
}

/** improbable-eng's client with its default transport, fetch. */
export const startCall: StartCall = (host, call, events) => {
  const method = {
    methodName: call.method,
    service: { serviceName: call.service },
    requestStream: false,
    responseStream: call.isStream,
    requestType: Bytes,
    responseType: Bytes,
  }
  const metadata = new grpc.Metadata()
  for (const [name, value] of call.metadata) metadata.append(name, value)
  // This client has no deadlines. Its users write the header themselves.
  if (call.timeoutMs !== undefined) metadata.set("grpc-timeout", `${call.timeoutMs}m`)
  const request = grpc.invoke<Bytes, Bytes, grpc.MethodDefinition<Bytes, Bytes>>(method, {
    host,
    request: new Bytes(base64Decode(call.request)),
    metadata,
    onHeaders: (header) => events.header(fields(header)),
    onMessage: ({ bytes }) => events.message(bytes),
    onEnd: (code, message, trailer) => events.end({ code, message, trailer: fields(trailer) }),
  })
  return () => {
    request.close()
    // This client reports nothing about a cancelled call.
    events.end({ code: null, message: "", trailer: [] })
  }
}

function fields(metadata: grpc.Metadata): Fields {
  const lines: [string, string][] = []
  metadata.forEach((name, values) => lines.push(...values.map((value): [string, string] => [name, value])))
  return lines
}
