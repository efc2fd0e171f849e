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
 * A request as JSON data. Equal requests give equal data, however they are written: an omitted field equals a field
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
      // JSON has neither NaN nor infinities: all of them would become null.
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

/** Drops the type names, which follow from the method. */
function plainEntry([name, value]: [name: string, value: unknown]): [name: string, value: RequestKey][] {
  return name === "$typeName" || value === undefined ? [] : [[name, plain(value)]]
}
