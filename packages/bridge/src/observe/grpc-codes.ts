import { Code } from "@causeway/protocol"

/** Label of codes that gRPC does not define, and OpenTelemetry's label for an unknown method. */
export const other = "_OTHER"

/** Names of the codes as in Prometheus' gRPC metrics, by code: `OK`, `NotFound`. */
export const grpcCodes: readonly string[] = Object.entries(Code)
  .toSorted(([, a], [, b]) => a - b)
  .map(([name]) => (name === "Ok" ? "OK" : name))

/** The label of a code. */
export function grpcCodeLabel(code: number): string {
  return grpcCodes[code] ?? other
}
