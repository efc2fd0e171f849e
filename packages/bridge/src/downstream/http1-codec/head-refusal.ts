import { STATUS_CODES } from "node:http"
import type { HeadProblem } from "@causeway/protocol/http1"
import type { RequestRefusal } from "../raw-refusal.ts"

/** The reasons of log and metrics. Other refusals are of requests that cannot be read. */
const reasons: Readonly<Record<number, RequestRefusal["reason"]>> = {
  417: "unsupported",
  431: "large-head",
  501: "unsupported",
  505: "unsupported",
}

/** The refusal of a request that cannot be read. */
export function refusalOf({ status, text }: HeadProblem): RequestRefusal {
  const reason = reasons[status] ?? "unreadable"
  const why = reason === "unreadable" ? `The request could not be read as HTTP/1.1. ${text}` : text
  return { status: `${status} ${STATUS_CODES[status]}`, reason, text: why }
}

/** The refusal of a request that its client has cut off. */
export const truncatedRefusal: RequestRefusal = {
  status: "400 Bad Request",
  reason: "truncated",
  text: "The connection ended inside a request",
}
