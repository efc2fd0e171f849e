import type { Status } from "../../core/reply.ts"

/** Appends a status as fields: `grpc-status` first, then the message, trailing metadata, and the bridge's own reason. */
export function statusFields(status: Status, fields: string[]): void {
  fields.push("grpc-status", String(status.code))
  if (status.message !== "") fields.push("grpc-message", status.message)
  status.metadata.appendTo(fields)
  if (status.error !== null) fields.push("x-causeway-reason", status.error.reason)
}
