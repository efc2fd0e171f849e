import type { WireCarrier } from "./client/open-request.ts"

/** One way to run a case: the HTTP version, and the encodings of request and reply. */
export interface Variant {
  readonly carrier: WireCarrier
  readonly request: Encoding
  readonly reply: Encoding
}

export type Encoding = "binary" | "text"

/**
 * The variants that a case runs in. `matrix`: both HTTP versions, both encodings of the request, both encodings of the
 * reply. `texts`: the variants of the matrix with a text request. `replies`: those with a binary request. `carriers`:
 * both HTTP versions, binary. `http1` and `http2`: that version only, binary.
 */
export type Span = "matrix" | "texts" | "replies" | "carriers" | "http1" | "http2"

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
