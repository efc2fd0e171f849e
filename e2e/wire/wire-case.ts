import type { Scene } from "./scene.ts"
import type { Feature } from "./target.ts"
import type { Span, Variant } from "./variant.ts"

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

/** `C13 a body cut … (HTTP/2, text to binary)`. */
export function titleOf({ id, title, span }: WireCase, { carrier, request, reply }: Variant): string {
  const http = carrier === "http1" ? "HTTP/1.1" : "HTTP/2"
  const hasEncodings = span === "matrix" || span === "texts" || span === "replies"
  return `${id} ${title} (${http}${hasEncodings ? `, ${request} to ${reply}` : ""})`
}
