import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { isConnectError } from "./rpc-error.ts"

/**
 * The details of one type that the service put into its error; none for a value that is no error of a call. A detail that
 * cannot be read is left out: it must not hide the error that it came with.
 *
 * ```ts
 * for (const { fieldViolations } of errorDetails(error, BadRequestSchema)) markFields(fieldViolations)
 * ```
 */
export function errorDetails<T extends DescMessage>(error: unknown, schema: T): MessageShape<T>[] {
  return isConnectError(error) ? error.findDetails(schema) : []
}
