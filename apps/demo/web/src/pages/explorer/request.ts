import type { DescMethod, JsonValue, Registry } from "@bufbuild/protobuf"

import type { MessageDraft } from "./draft.ts"
import { jsonOf } from "./draft.ts"
import { type Problems, problemsOf } from "./problems-of.ts"
import { readRequest, writeRequest } from "./request-json.ts"

/** An edited request: a form for each message, or JSON. */
export type Request =
  | { readonly mode: "form"; readonly drafts: readonly MessageDraft[] }
  | { readonly mode: "json"; readonly text: string }

/** A request that can be sent, or its problems. */
export type CheckedRequest =
  | { readonly kind: "good"; readonly drafts: readonly MessageDraft[]; readonly json: JsonValue }
  /** In JSON mode there is one problem in words, in form mode one map for each message. */
  | { readonly kind: "bad"; readonly words: string; readonly byMessage: readonly Problems[] }

/** Whether the method takes a stream of messages. */
export function takesStream({ methodKind }: DescMethod): boolean {
  return methodKind === "client_streaming" || methodKind === "bidi_streaming"
}

/** The initial content of the editor: a form, or the text of a link's request if it is unreadable. */
export function initialRequest(method: DescMethod, json: JsonValue | undefined, registry: Registry): Request {
  if (json === undefined) return { mode: "form", drafts: [{}] }
  return toForm(method, JSON.stringify(json, null, 2), registry).request
}

/** The same request as JSON. */
export function toJsonMode(method: DescMethod, drafts: readonly MessageDraft[]): Request {
  return { mode: "json", text: writeRequest(method.input, drafts, takesStream(method)) }
}

/** The same request as forms; where the text cannot be read, the text, and why. */
export function toForm(
  method: DescMethod,
  text: string,
  registry: Registry,
): { readonly request: Request; readonly problem: string | null } {
  const read = readRequest(method.input, text, takesStream(method), registry)
  if (read.kind === "bad") return { request: { mode: "json", text }, problem: read.problem }
  return { request: { mode: "form", drafts: read.drafts }, problem: null }
}

/** The request as it would be sent. */
export function requestJson(method: DescMethod, request: Request, registry: Registry): CheckedRequest {
  if (request.mode === "json") {
    const read = readRequest(method.input, request.text, takesStream(method), registry)
    return read.kind === "bad" ? { kind: "bad", words: read.problem, byMessage: [] } : good(method, read.drafts)
  }
  const byMessage = request.drafts.map((draft) => problemsOf(method.input, draft, registry))
  const isGood = byMessage.every(({ size }) => size === 0)
  return isGood ? good(method, request.drafts) : { kind: "bad", words: "", byMessage }
}

function good(method: DescMethod, drafts: readonly MessageDraft[]): CheckedRequest {
  const all = drafts.map((draft) => jsonOf(method.input, draft))
  return { kind: "good", drafts, json: takesStream(method) ? all : (all[0] ?? {}) }
}
