import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import type { DescMessage, DescService, MessageShape } from "@bufbuild/protobuf"
import type { ServiceDefinition } from "@grpc/grpc-js"

/** Returns grpc-js's definition of a service, with messages of protobuf-es. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  const methods = service.methods.map(({ localName, name, methodKind, input, output }) => [
    localName,
    {
      path: `/${service.typeName}/${name}`,
      requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
      responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
      ...codec("request", input),
      ...codec("response", output),
    },
  ])
  return Object.fromEntries(methods) as ServiceDefinition
}

function codec(prefix: string, schema: DescMessage): object {
  return {
    [`${prefix}Serialize`]: (value: MessageShape<DescMessage>) => Buffer.from(toBinary(schema, create(schema, value))),
    [`${prefix}Deserialize`]: (wire: Buffer) => fromBinary(schema, wire),
  }
}
