import { receivedField } from "../core/received-field.ts"
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
  const fields: string[] = []
  const given = new Map<string, string>()
  const problems: string[] = []
  for (const [name, value] of parts) {
    if (!explainParts.includes(name)) problems.push(`received ${shorten(name)}, which is not known here`)
    else if (name === "header") {
      if (!addHeader(fields, value)) problems.push(`received ${spell(name)} ${shorten(value)} without a colon`)
    } else if (given.has(name)) problems.push(`received ${spell(name)} twice`)
    else given.set(name, value)
  }
  const method = given.get("method") ?? ""
  const wire = given.get("wire") ?? "grpc-web"
  if (method === "") problems.push(`received no ${spell("method")}`)
  if (!wires.includes(wire)) problems.push(`received ${spell("wire")} ${shorten(wire)}`)
  if (problems.length > 0) return { kind: "problems", problems }
  // As a call's own fields are read: joined where there are several of one name, and without those for one hop.
  const header = (name: string): string | null => receivedField({ authority: null, fields }, name)
  const request: RouteRequest = {
    path: method.startsWith("/") ? method : `/${method}`,
    origin: given.get("origin") ?? header("origin"),
    wire: wire as Wire,
    header,
  }
  return { kind: "request", request }
}

/** Adds a name and a value. False: the text is not `name:value`. */
function addHeader(fields: string[], text: string): boolean {
  const colon = text.indexOf(":")
  if (colon < 1) return false
  fields.push(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim())
  return true
}

function shorten(text: string): string {
  return JSON.stringify(text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text)
}
