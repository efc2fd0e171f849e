import { withoutOwnPort } from "../core/origin-set.ts"
import { originPatternProblem } from "./origin-patterns.ts"

/** Explains to a page why its origin may not call, and how to allow it. Advises only values that `--cors-origin` accepts. */
export function explainRefusedOrigin(origin: string, authority: string | null): string {
  if (origin === "null") {
    return "This page has no origin of its own (it is a local file, a sandboxed frame, or was redirected), and such pages may not call this bridge; serve the page by HTTP and allow its origin. --cors-origin null would allow every page of this kind, on any site"
  }
  const shown = origin.slice(0, 200)
  if (origin.includes("*") || originPatternProblem(origin) !== null || withoutOwnPort(shown) !== origin) {
    return `The request's Origin ${JSON.stringify(shown)} is not of the form scheme://host[:port] that browsers send; was it written by a program? Programs may call without an Origin field`
  }
  const isOwn = authority !== null && hostOf(origin) === hostOf(`//${authority.toLowerCase()}`)
  const hint = isOwn
    ? ". It is the bridge's own address too: even if a proxy serves the page and the bridge under one address, the page's origin must be allowed"
    : ""
  return `Pages of ${origin} may not call this bridge; to allow them, add their origin to cors.origins in its configuration file, or start it with --cors-origin ${origin}${hint}`
}

/** The host with its port, without the scheme's default port. */
function hostOf(url: string): string {
  return url.slice(url.indexOf("//") + 2).replace(/:(?:443|80)$/, "")
}
