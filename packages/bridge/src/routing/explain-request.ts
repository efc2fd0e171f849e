import type { Wire } from "../core/wire.ts"
import type { RouteRequest } from "./conditions.ts"

/** A call to explain, or everything that is wrong with its description. */
export type ExplainRequest =
  | { readonly kind: "request"; readonly request: RouteRequest }
  | { readonly kind: "problems"; readonly problems: readonly string[] }

/** The parts of a description. Only `header` may occur more than once. */
export const explainParts: readonly string[] = ["method", "header", "origin", "wire"]

const wires: readonly string[] = ["grpc-web", "grpc-web-text", "grpc"] satisfies Wire[]
const maxShownLength = 60

/**
 * Reads the description of a call: names of `explainParts` with their values, as somebody wrote them. `spell` turns a name into the
 * form in which it was written.
 */
export function readExplainRequest(
  parts: readonly (readonly [name: string, value: string])[],
  spell: (name: string) => string,
): ExplainRequest {
  const headers = new Map<string, string>()
  const given = new Map<string, string>()
  const problems: string[] = []
  for (const [name, value] of parts) {
    if (!explainParts.includes(name)) problems.push(`received ${shorten(name)}, which is not known here`)
    else if (name === "header") {
      if (!addHeader(headers, value)) problems.push(`received ${spell(name)} ${shorten(value)} without a colon`)
    } else if (given.has(name)) problems.push(`received ${spell(name)} twice`)
    else given.set(name, value)
  }
  const method = given.get("method") ?? ""
  const wire = given.get("wire") ?? "grpc-web"
  if (method === "") problems.push(`received no ${spell("method")}`)
  if (!wires.includes(wire)) problems.push(`received ${spell("wire")} ${shorten(wire)}`)
  if (problems.length > 0) return { kind: "problems", problems }
  const request: RouteRequest = {
    path: method.startsWith("/") ? method : `/${method}`,
    origin: given.get("origin") ?? headers.get("origin") ?? null,
    wire: wire as Wire,
    header: (name) => headers.get(name) ?? null,
  }
  return { kind: "request", request }
}

/** False: the text is not `name:value`. Values of one name are joined by a comma. */
function addHeader(headers: Map<string, string>, text: string): boolean {
  const colon = text.indexOf(":")
  if (colon < 1) return false
  const name = text.slice(0, colon).trim().toLowerCase()
  const value = text.slice(colon + 1).trim()
  const before = headers.get(name)
  headers.set(name, before === undefined ? value : `${before}, ${value}`)
  return true
}

function shorten(text: string): string {
  return JSON.stringify(text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text)
}
