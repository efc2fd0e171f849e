import type { WireCarrier } from "./client/web-request.ts"
import type { Scene } from "./scene.ts"

/** Where a case runs: how the request travels, and what request and reply are written in. */
export interface Variant {
  readonly carrier: WireCarrier
  readonly request: Encoding
  readonly reply: Encoding
}

export type Encoding = "binary" | "text"

/**
 * The combinations that a case runs in. `matrix`: both carriers × both encodings of the request × both of the reply. `texts`:
 * those with a text request. `replies`: those with a binary request. `carriers`: both, binary. The rest are one each, binary.
 */
export type Span = "matrix" | "texts" | "replies" | "carriers" | "http1" | "http2"

/**
 * What not every proxy claims to have: a limit of a message's size; to be a door for gRPC-Web alone, which refuses everything else;
 * fields that ask proxies before it not to gather streams.
 */
export type Feature = "message limit" | "gRPC-Web alone" | "words to intermediaries"

/** Something that a correct proxy does on the wire, whoever made it. */
export interface WireCase {
  /** Of the list: `C13` is a case, `R4` a rule. Several may share one. */
  readonly id: string
  /** What is right, as a sentence. */
  readonly title: string
  /** Where the rule stands, or who was bitten (repository#issue). */
  readonly source: string
  readonly span: Span
  /** Has a backend and a proxy to itself, because it harms the connections that others share. Default false. */
  readonly isApart?: boolean
  /** What a target must have for the case to say anything; one that lacks it is not judged. */
  readonly needs?: Feature
  /** Longer than usual, for what must wait. Milliseconds. */
  readonly timeoutMs?: number
  /** Throws what is wrong. What it notes (`scene.note`) stands in the table. */
  run(scene: Scene): Promise<void>
}

const both = ["binary", "text"] as const
const carriers = ["http1", "http2"] as const
const matrix: readonly Variant[] = carriers.flatMap((carrier) =>
  both.flatMap((request) => both.map((reply) => ({ carrier, request, reply }))),
)

/** The variants of a span, in the order in which they run. */
export function variantsOf(span: Span): readonly Variant[] {
  return matrix.filter(({ carrier, request, reply }) => {
    if (span === "matrix") return true
    if (span === "texts") return request === "text"
    if (span === "replies") return request === "binary"
    return request === "binary" && reply === "binary" && (span === "carriers" || span === carrier)
  })
}

/** `C13 a body cut … (HTTP/2, text to binary)`. */
export function titleOf({ id, title, span }: WireCase, { carrier, request, reply }: Variant): string {
  const http = carrier === "http1" ? "HTTP/1.1" : "HTTP/2"
  const hasEncodings = span === "matrix" || span === "texts" || span === "replies"
  return `${id} ${title} (${http}${hasEncodings ? `, ${request} to ${reply}` : ""})`
}
