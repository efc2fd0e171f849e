import type { Scene } from "./scene.ts"
import type { Feature } from "./target.ts"
import type { Span, Variant } from "./variant.ts"

/** A requirement on the wire that every correct proxy meets. */
export interface WireCase {
  /**
   * The id in the wire list: `C13` is a case, `R4` a rule. Several cases may share an id. README.md explains the list.
   */
  readonly id: string
  /** The correct behaviour, as a sentence. */
  readonly title: string
  /** The specification, an issue that reported the problem (`repository#issue`), or our own decision. */
  readonly source: string
  readonly span: Span
  /**
   * Whether the case needs its own backend and proxy, because it breaks connections that cases share. Default: false.
   */
  readonly isApart?: boolean
  /** The feature that a target must have. A target without it is not judged. */
  readonly needs?: Feature
  /** A longer time limit for cases that must wait, in milliseconds. */
  readonly timeoutMs?: number
  /** Throws an error if the proxy is wrong. `scene.note` sets the text for the table. */
  run(scene: Scene): Promise<void>
}

/** `C13 a body cut … (HTTP/2, text to binary)`. */
export function titleOf({ id, title, span }: WireCase, { carrier, request, reply }: Variant): string {
  const http = carrier === "http1" ? "HTTP/1.1" : "HTTP/2"
  const hasEncodings = span === "matrix" || span === "texts" || span === "replies"
  return `${id} ${title} (${http}${hasEncodings ? `, ${request} to ${reply}` : ""})`
}
