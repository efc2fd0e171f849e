import { create } from "@bufbuild/protobuf"
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf"

/** A request as plain data. */
export type RequestKey =
  | string
  | number
  | boolean
  | null
  | readonly RequestKey[]
  | { readonly [name: string]: RequestKey }

/**
 * A request as data that JSON can hold, the same for all ways to write the same request: a field that is left out is one
 * with its default.
 */
export function requestKey<I extends DescMessage>(schema: I, request: MessageInitShape<I>): RequestKey {
  return plain(create(schema, request))
}

function plain(value: unknown): RequestKey {
  switch (typeof value) {
    case "bigint":
      return String(value)
    case "number":
      // JSON has neither NaN nor the infinities: all would be null.
      return Number.isFinite(value) ? value : String(value)
    case "string":
    case "boolean":
      return value
    case "object":
      if (value === null) return null
      if (Array.isArray(value)) return value.map(plain)
      if (value instanceof Uint8Array) return [...value]
      return Object.fromEntries(Object.entries(value).flatMap(plainEntry))
    default:
      return null
  }
}

/** Without the names of the types: the method fixes them. */
function plainEntry([name, value]: [name: string, value: unknown]): [name: string, value: RequestKey][] {
  return name === "$typeName" || value === undefined ? [] : [[name, plain(value)]]
}
