// Encodes request heads in HPACK (RFC 7541) as browsers do: fields that stay the same are in the dynamic table after the first
// request of a connection, the others are literals. No Huffman coding: it would cost the generator more than it tells.

import type { LoadSpec } from "./load-spec.ts"
import { constantFields, varyingFields } from "./request-fields.ts"

/** The head of a request, as the first on a connection and as a later one. The request id stands last in both. */
export interface PreparedBlock {
  readonly first: Buffer
  readonly later: Buffer
}

const postIndex = 0x83
const schemeIndexes: Readonly<Record<string, number>> = { "http:": 0x86, "https:": 0x87 }
const [authorityName, pathName, authorizationName] = [1, 4, 23]
const firstDynamicIndex = 62
const [incremental, plain] = [
  { pattern: 0x40, prefixBits: 6 },
  { pattern: 0x00, prefixBits: 4 },
]

/** The head number `i` of the prepared ones. */
export function prepareBlock(spec: LoadSpec, i: number): PreparedBlock {
  const { host, protocol } = new URL(spec.address)
  const constant = constantFields(spec)
  const { path, authorization, requestId } = varyingFields(i)
  const start = Buffer.from([postIndex, schemeIndexes[protocol]])
  const varying = [
    literal(plain, pathName, path),
    literal(plain, authorizationName, authorization),
    literal(plain, "x-request-id", requestId),
  ]
  const inserted = [
    literal(incremental, authorityName, host),
    ...constant.map((field) => literal(incremental, ...field)),
  ]
  const indexed = inserted.map((_, at) => 0x80 | (firstDynamicIndex + inserted.length - 1 - at))
  return {
    first: Buffer.concat([start, varying[0], ...inserted, ...varying.slice(1)]),
    later: Buffer.concat([start, varying[0], Buffer.from(indexed), ...varying.slice(1)]),
  }
}

function literal(kind: typeof plain, name: number | string, value: string): Buffer {
  const nameBytes =
    typeof name === "number" ? integer(name, kind) : Buffer.concat([Buffer.from([kind.pattern]), text(name)])
  return Buffer.concat([nameBytes, text(value)])
}

function text(value: string): Buffer {
  return Buffer.concat([integer(value.length, { pattern: 0, prefixBits: 7 }), Buffer.from(value, "latin1")])
}

function integer(value: number, { pattern, prefixBits }: typeof plain): Buffer {
  const most = 2 ** prefixBits - 1
  if (value < most) return Buffer.from([pattern | value])
  const bytes = [pattern | most]
  let rest = value - most
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
