import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { isConnectError } from "./rpc-error.ts"

/**
 * The details of one type in the error of a service. Empty for a value that is not a call error. An unreadable detail
 * is left out: it must not hide the error.
 *
 * ```ts
 * for (const { fieldViolations } of errorDetails(error, BadRequestSchema)) markFields(fieldViolations)
 * ```
 */
export function errorDetails<T extends DescMessage>(error: unknown, schema: T): MessageShape<T>[] {
  return isConnectError(error) ? error.findDetails(schema) : []
}
