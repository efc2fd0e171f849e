import type { EndpointView, FleetState, RouteShare, RouteView, UpstreamView } from "./fleet-state.ts"
import { fields, list, number, oneOf, orNull, type Reader, text, truth } from "./json-shape.ts"

/** The timeout of a request to the admin port, in milliseconds. Longer than any admin page takes, and short for a user. */
const timeoutMs = 2_000

/**
 * Reads upstreams and routes from the bridge's admin port (`http://host:port`; null: the bridge has not started yet). Never
 * rejects: a bridge that cannot be asked is a state with a message.
 */
export async function readFleet(adminUrl: string | null): Promise<FleetState> {
  if (adminUrl === null) return { kind: "unreadable", why: "The bridge has not started yet." }
  try {
    const [upstreams, routes] = await Promise.all([
      read(adminUrl, "/upstreams", list(upstream)),
      read(adminUrl, "/routes", fields({ routes: list(route) })),
    ])
    return { kind: "read", upstreams, routes: routes.routes }
  } catch (error) {
    return { kind: "unreadable", why: error instanceof Error ? error.message : String(error) }
  }
}

async function read<T>(adminUrl: string, page: string, reader: Reader<T>): Promise<T> {
  const url = `${adminUrl}${page}`
  const value = await readJson(url)
  try {
    return reader(value, "")
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(
      `${url} has another shape than this console knows (${why}). Are bridge and console of one version?`,
      {
        cause: error,
      },
    )
  }
}

async function readJson(url: string): Promise<unknown> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    return await answer.json()
  } catch (error) {
    throw new Error(`${url} cannot be read (${innermost(error)}). Is the bridge running?`, { cause: error })
  }
}

/** `fetch` says only that it failed; the cause says why. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? innermost(error.cause) : error.message
}

const endpoint = fields<EndpointView>({
  address: text,
  isHealthy: truth,
  why: text,
  sessions: fields({ open: number, connecting: number, draining: number }),
  streams: number,
  streamLimit: number,
  oldestSessionSeconds: orNull(number),
})

const upstream = fields<UpstreamView>({
  name: text,
  waiting: number,
  callsInFlight: number,
  endpoints: list(endpoint),
})

const target = fields<Pick<RouteView, "kind" | "upstreams">>({
  kind: oneOf(["upstream", "split", "answer"]),
  upstreams: list(fields<RouteShare>({ name: text, weight: number, share: number, calls: number })),
})

const routeOnPage = fields({ name: text, match: text, calls: number, target })

function route(value: unknown, path: string): RouteView {
  const { target: to, ...known } = routeOnPage(value, path)
  return { ...known, ...to }
}
