import { Code } from "@causeway/protocol"
import { abortCode, messageOf, nameOf } from "./abort-error.ts"
import { RpcError } from "./rpc-error.ts"

/**
 * The error of a request that got no answer. A browser says only "Failed to fetch": what is likely, and what to do about
 * it, is told from the URL, the page and the environment.
 */
export function networkError(url: string, cause: unknown): RpcError {
  // From a `fetch` that has its own signal, for the call's own was looked at before; or that has a mistake, for none of a
  // browser or of Node throws these.
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

/** The error of an answer that could not be read on: that of its format, or of the connection, which broke. */
export function brokenAnswer(cause: unknown = "no reason"): RpcError {
  if (cause instanceof RpcError) return cause
  const why = `the connection broke while the answer was read (${detailOf(cause)})`
  return new RpcError(why, Code.Unavailable, { source: "network", cause })
}

/** The error of an answer that ended in good order for HTTP, but before it was complete. */
export function cutAnswer(where: string): RpcError {
  const why = `the answer ended ${where}: something on the way closed it`
  return new RpcError(why, Code.Unavailable, { source: "network" })
}

/** In the words of docs/errors.md, which a test compares. */
function likelyCause(target: URL, page: Location | undefined): string {
  if (globalThis.navigator?.onLine === false) return "the browser says it is offline"
  if (page?.protocol === "https:" && target.protocol === "http:" && !loopback.test(target.hostname)) {
    return "mixed content: the bridge needs --tls-cert"
  }
  const down = "the bridge is down, baseUrl is wrong, or the connection broke"
  if (page === undefined || page.origin === target.origin) return down
  return `${down}; or CORS: the bridge needs --cors-origin ${page.origin}`
}

/** Node hides what happened (ECONNREFUSED, ENOTFOUND …) in the cause of its "fetch failed". */
function detailOf(cause: unknown): string {
  const inner = (cause as Partial<Error> | undefined)?.cause
  return messageOf(cause) + (inner === undefined ? "" : `: ${messageOf(inner)}`)
}

/** Hosts that browsers trust without TLS, and so do not block (W3C Secure Contexts §3.1). */
const loopback = /(^|\.)localhost$|^127\.|^\[::1]$/
