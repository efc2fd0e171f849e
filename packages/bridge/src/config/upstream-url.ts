import * as z from "zod"
import { endpointAddressProblem } from "../upstream/discovery/address.ts"
import type { Kind } from "./kind.ts"
import { show } from "./kind.ts"

/** A backend's URL. A final slash is dropped. */
export const upstreamUrl: Kind<string> = {
  schema: z
    .string({ error: upstreamProblem })
    .refine(isUpstreamUrl, { error: upstreamProblem })
    .transform((url) => new URL(url).origin),
  placeholder: "URL",
  fromText: (url) => url,
  toText: (url) => url,
  json: { type: "string", pattern: "^https?://" },
}

function isUpstreamUrl(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false
  // Compares the original text, so that an empty query or user is noticed too.
  const isPlain = url.username === "" && url.password === "" && /^https?:\/\/[^/?#@\\\s]+\/?$/i.test(value)
  return isPlain && endpointAddressProblem(url.origin) === null
}

/** The message for a URL that is missing or cannot be used. */
export function upstreamProblem({ input }: { readonly input?: unknown }): string {
  const hint = typeof input === "string" ? meantUpstream(input) : ""
  return `received ${show(input)}, expected http://host:port (gRPC without TLS) or https://host:port (with TLS), without path, query or user${hint}`
}

/** The URL that a missing or unknown scheme, a path or a user hides, in words. */
function meantUpstream(text: string): string {
  const url = URL.parse(text)
  if (url !== null && isUpstreamUrl(url.origin)) {
    const why = url.pathname === "/" ? "" : " gRPC calls have the path /package.Service/Method, with nothing before it"
    return `; did you mean ${url.origin}?${why}`
  }
  const bare = text.replace(/^[a-z][a-z0-9+.-]*:\/\/\/?/i, "").replace(/\/$/, "")
  return isUpstreamUrl(`http://${bare}`) ? `; did you mean http://${bare} or https://${bare}?` : ""
}
