import { Code } from "@causeway/protocol"
import type { Interceptor } from "@connectrpc/connect"
import { observeCall } from "../observe-call.ts"
import { isRpcError, RpcError } from "../rpc-error.ts"

/** What Chromium, Firefox and Safari open to one host at most over HTTP/1.1. */
const maxConnections = 6

/**
 * An interceptor that says why a call waits without a word: over HTTP/1.1 each open stream holds one of the six connections
 * that a browser opens to a host. The first such call to an origin is a warning on the console, and one whose deadline
 * passes in the wait names the cause. For development, and for pages that come by http; outermost.
 *
 * Only `http` URLs are looked at, and only in pages and workers: there no browser speaks HTTP/2, while over TLS a page
 * cannot tell which version is spoken. It counts the streams of the transports that it was given to, and not those of other tabs.
 */
export function warnWhenCrowded(): Interceptor {
  const openStreams = new Map<string, number>()
  const warned = new Set<string>()
  const change = (origin: string, by: number): unknown => openStreams.set(origin, countOf(origin) + by)
  const countOf = (origin: string): number => openStreams.get(origin) ?? 0
  return (next) => async (request) => {
    const origin = http1Origin(request.url)
    if (origin === undefined) return next(request)
    const isCrowded = countOf(origin) >= maxConnections
    if (isCrowded && !warned.has(origin)) {
      warned.add(origin)
      console.warn(`${request.service.typeName}/${request.method.name} waits: ${likelyCause(origin, countOf(origin))}`)
    }
    if (request.stream) change(origin, 1)
    try {
      if (!request.stream) return await next(request)
      return await observeCall(next, request, { onEnd: () => change(origin, -1) })
    } catch (error) {
      // If one of them has ended, the call was sent: then the server was slow.
      const count = countOf(origin)
      const hasWaited = isCrowded && count >= maxConnections
      if (!hasWaited || !isRpcError(error, Code.DeadlineExceeded) || error.source !== "client") throw error
      const why = `${error.rawMessage}; ${likelyCause(origin, count)}`
      throw new RpcError(why, error.code, { source: "client", cause: error })
    }
  }
}

/** The origin of a call that surely goes over HTTP/1.1, and from a browser. */
function http1Origin(url: string): string | undefined {
  const page = globalThis.location as Location | undefined
  if (page === undefined) return undefined
  try {
    const { protocol, origin } = new URL(url, page.href)
    return protocol === "http:" ? origin : undefined
  } catch {
    // The transport says what is wrong with it.
    return undefined
  }
}

/** In the words of docs/errors.md, which a test compares. */
function likelyCause(origin: string, count: number): string {
  const remedy = "Serve the bridge over TLS (--tls-cert, --tls-key), which brings HTTP/2, or open fewer streams"
  return `${count} streams are open to ${origin}, and over HTTP/1.1 a browser opens no more than six connections: further calls wait until one ends. ${remedy}`
}
