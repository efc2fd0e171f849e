/** A client, with its format where it has several. */
export type ClientName = (typeof clientNames)[number]

/** All of them, in the order of the page docs/interop.md. */
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
