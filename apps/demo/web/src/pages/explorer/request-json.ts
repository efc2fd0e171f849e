import { type DescMessage, fromJson, type JsonObject, type Message, type Registry, toJson } from "@bufbuild/protobuf"

import { draftOf, jsonOf, type MessageDraft } from "./draft.ts"

/** The result of reading JSON that a user or a link has written. */
export type ReadRequest =
  | { readonly kind: "read"; readonly drafts: readonly MessageDraft[] }
  | { readonly kind: "bad"; readonly problem: string }

/** The drafts of a request as JSON with line breaks: one message, or the array of the messages that are streamed. */
export function writeRequest(message: DescMessage, drafts: readonly MessageDraft[], isStream: boolean): string {
  const json = drafts.map((draft) => jsonOf(message, draft))
  return JSON.stringify(isStream ? json : (json[0] ?? {}), null, 2)
}

/** Reads what `writeRequest` writes, or any other ProtoJSON of the same messages. */
export function readRequest(message: DescMessage, text: string, isStream: boolean, registry: Registry): ReadRequest {
  try {
    const json: unknown = text.trim() === "" ? (isStream ? [] : {}) : JSON.parse(text)
    if (isStream && !Array.isArray(json)) return { kind: "bad", problem: "must be an array: one item for each message" }
    const items = isStream ? (json as unknown[]) : [json]
    return {
      kind: "read",
      drafts: items.map((item) => draftOf(message, canonical(message, item as JsonObject, registry))),
    }
  } catch (error) {
    return { kind: "bad", problem: error instanceof Error ? error.message : String(error) }
  }
}

/** The message of a draft without problems. */
export function messageOf(message: DescMessage, draft: MessageDraft, registry: Registry): Message {
  return fromJson(message, jsonOf(message, draft), { registry })
}

function canonical(message: DescMessage, json: JsonObject, registry: Registry): JsonObject {
  return toJson(message, fromJson(message, json, { registry }), { registry }) as JsonObject
}
