import { BadRequestSchema, ResourceInfoSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"

import type { Violation } from "./violation.ts"

/** INVALID_ARGUMENT with google.rpc.BadRequest: the problem of each field. */
export function invalidArgument(violations: readonly Violation[]): ConnectError {
  return withViolations(Code.InvalidArgument, violations)
}

/** ALREADY_EXISTS with google.rpc.BadRequest: which field belongs to something else. */
export function alreadyExists(violation: Violation): ConnectError {
  return withViolations(Code.AlreadyExists, [violation])
}

/** NOT_FOUND that names the id, with google.rpc.ResourceInfo. */
export function noSuchUser(id: string): ConnectError {
  // The id is the caller's: a long one would not fit into the trailers.
  const shownId = id.length > 64 ? `${id.slice(0, 64)}…` : id
  const description = `There is no user with the id ${JSON.stringify(shownId)}; it may have been deleted.`
  const value = { resourceType: "api.v1.User", resourceName: shownId, description }
  return new ConnectError(description, Code.NotFound, undefined, [{ desc: ResourceInfoSchema, value }])
}

/** UNAVAILABLE, sent to calls that are open when the server stops. The call may be made again. */
export function stopping(): ConnectError {
  return new ConnectError("The server is stopping; call again.", Code.Unavailable)
}

function withViolations(code: Code, violations: readonly Violation[]): ConnectError {
  // grpc-message and the details together must stay below the 8 KiB of trailers that a peer must accept.
  const shown = violations.slice(0, 10)
  const message = shown.map(({ field, description }) => `${field} ${description}`).join("; ")
  const value = { fieldViolations: shown.map(({ field, reason, description }) => ({ field, reason, description })) }
  return new ConnectError(message, code, undefined, [{ desc: BadRequestSchema, value }])
}
