/** The name of a client, with the format if the client has several. */
export type ClientName = (typeof clientNames)[number]

/** All client names, in the order of docs/interop.md. */
export const clientNames = [
  "causeway",
  "causeway text",
  "connect-web",
  "grpc-web text",
  "grpc-web binary",
  "improbable-eng",
  "nice-grpc-web",
  "protobuf-ts text",
  "protobuf-ts binary",
] as const
