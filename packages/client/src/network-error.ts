import { Code } from "@causeway/protocol"
import { abortCode, messageOf, nameOf } from "./abort-error.ts"
import { RpcError } from "./rpc-error.ts"

/**
 * The error of a request without an answer. A browser says only "Failed to fetch", so the likely cause and the remedy
 * are derived from the URL, the page and the environment.
 */
export function networkError(url: string, cause: unknown): RpcError {
  // A custom `fetch` failed: it has its own signal (the signal of the call was checked before), or it has a bug. The
  // built-in `fetch` of browsers and Node never throws these errors.
  const isMistake = /^(Reference|Range|Syntax)Error$/.test(String(nameOf(cause)))
  const code = isMistake ? Code.Unknown : abortCode(cause)
  if (code !== undefined) return new RpcError(`fetch threw: ${messageOf(cause)}`, code, { source: "client", cause })
  const page = globalThis.location as Location | undefined
  let target: URL
  try {
    target = new URL(url, page?.href)
  } catch {
    const why = `${url} cannot be called: outside of a page baseUrl must be absolute`
    return new RpcError(why, Code.InvalidArgument, { source: "client", cause })
  }
  const why = `no answer from ${target.origin} (${detailOf(cause)}): ${likelyCause(target, page)}`
  return new RpcError(why, Code.Unavailable, { source: "network", cause })
}

/**
 * The error of an answer that broke off. An error in the body's format is returned unchanged; any other error means
 * that the connection broke.
 */
export function brokenAnswer(cause: unknown = "no reason"): RpcError {
  if (cause instanceof RpcError) return cause
  const why = `the connection broke while the answer was read (${detailOf(cause)})`
  return new RpcError(why, Code.Unavailable, { source: "network", cause })
}

/** The error of an answer that ended properly for HTTP, but before it was complete. */
export function cutAnswer(where: string): RpcError {
  const why = `the answer ended ${where}: something on the way closed it`
  return new RpcError(why, Code.Unavailable, { source: "network" })
}

/** The text is quoted in docs/errors.md; a test compares them. */
function likelyCause(target: URL, page: Location | undefined): string {
  if (globalThis.navigator?.onLine === false) return "the browser says it is offline"
  if (page?.protocol === "https:" && target.protocol === "http:" && !loopback.test(target.hostname)) {
    return "mixed content: the bridge needs --tls-cert"
  }
  const tls = target.protocol === "https:" ? "; or its certificate is not trusted" : ""
  const down = `the bridge is down, baseUrl is wrong, or the connection broke${tls}`
  if (page === undefined || page.origin === target.origin) return down
  return `${down}; or CORS: the bridge needs --cors-origin ${page.origin}`
}

/** Node puts the real error (ECONNREFUSED, ENOTFOUND …) into the cause of its "fetch failed". */
function detailOf(cause: unknown): string {
  const inner = (cause as Partial<Error> | undefined)?.cause
  return messageOf(cause) + (inner === undefined ? "" : `: ${messageOf(inner)}`)
}

/** Hosts that browsers trust without TLS, so they are not blocked as mixed content (W3C Secure Contexts §3.1). */
const loopback = /(^|\.)localhost$|^127\.|^\[::1]$/
