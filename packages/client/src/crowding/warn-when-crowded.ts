import { Code } from "@causeway/protocol"
import type { Interceptor } from "@connectrpc/connect"
import { observeCall } from "../observe-call.ts"
import { isRpcError, RpcError } from "../rpc-error.ts"

/** The most connections that Chromium, Firefox and Safari open to one host over HTTP/1.1. */
const maxConnections = 6

/**
 * An interceptor that explains why a call hangs in the browser: over HTTP/1.1 each open stream uses one of the six
 * connections that a browser opens to a host. The first waiting call to an origin prints a warning on the console. A
 * waiting call whose deadline passes names the cause in its error. Meant for development and for pages served over
 * http. Put it outermost.
 *
 * It looks only at `http` URLs, and only in pages and workers: browsers speak HTTP/2 only over TLS, and over TLS a page
 * cannot see which version is used. It counts the streams of the transports that use it, not those of other tabs.
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
      // If one of the streams has ended, the call was sent, and the server was slow.
      const count = countOf(origin)
      const hasWaited = isCrowded && count >= maxConnections
      if (!hasWaited || !isRpcError(error, Code.DeadlineExceeded) || error.source !== "client") throw error
      const why = `${error.rawMessage}; ${likelyCause(origin, count)}`
      throw new RpcError(why, error.code, { source: "client", cause: error })
    }
  }
}

/** The origin of a call that certainly uses HTTP/1.1 and comes from a browser; undefined otherwise. */
function http1Origin(url: string): string | undefined {
  const page = globalThis.location as Location | undefined
  if (page === undefined) return undefined
  try {
    const { protocol, origin } = new URL(url, page.href)
    return protocol === "http:" ? origin : undefined
  } catch {
    // The transport reports the bad URL.
    return undefined
  }
}

/** The text is quoted in docs/errors.md; a test compares them. */
function likelyCause(origin: string, count: number): string {
  const remedy = "Serve the bridge over TLS (--tls-cert, --tls-key), which brings HTTP/2, or open fewer streams"
  return `${count} streams are open to ${origin}, and over HTTP/1.1 a browser opens no more than six connections: further calls wait until one ends. ${remedy}`
}
