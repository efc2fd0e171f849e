import type { RouteRequest } from "../routing/conditions.ts"
import type { RouteExplanation } from "../routing/explain.ts"
import { explainPage } from "./explain-page.ts"
import type { AdminPage } from "./page.ts"
import { jsonPage } from "./page.ts"
import type { Readiness } from "./readiness-page.ts"
import { readinessPage } from "./readiness-page.ts"
import type { AdminReload } from "./reload-page.ts"
import { reloadPage } from "./reload-page.ts"

/** What the pages show and do. */
export interface PageContents {
  /** Returns the text of /metrics. */
  readonly metrics: () => string
  readonly readiness: () => Readiness
  /** Returns what /upstreams shows, to be written as JSON. */
  readonly upstreams: () => unknown
  /** Returns what /routes shows, to be written as JSON. */
  readonly routes: () => unknown
  /** Explains which route takes a call. */
  readonly explain: (request: RouteRequest) => RouteExplanation
  /** Reads the configuration file again. Null: there is no file. */
  readonly reload?: (() => Promise<AdminReload>) | null
}

/** The pages of the admin port, the index first. */
export function adminPages(contents: PageContents): readonly AdminPage[] {
  const { readiness, metrics, upstreams, routes, explain, reload = null } = contents
  const pages: readonly AdminPage[] = [
    {
      path: "/healthz",
      method: "GET",
      meanings: means("200 while the process serves"),
      isFor: "everyone",
      answer: () => ({ status: 200, text: "ok\n" }),
    },
    readinessPage(readiness),
    {
      path: "/metrics",
      method: "GET",
      meanings: means("Prometheus metrics"),
      isFor: "operators",
      answer: () => ({ status: 200, text: metrics(), type: "text/plain; version=0.0.4; charset=utf-8" }),
    },
    {
      path: "/upstreams",
      method: "GET",
      meanings: means("the upstreams as JSON: limits, endpoints, their health and why, connections, shares"),
      isFor: "operators",
      answer: () => jsonPage(upstreams()),
    },
    {
      path: "/routes",
      method: "GET",
      meanings: means("the routes as JSON, in order: their conditions, calls, upstreams and shares"),
      isFor: "operators",
      answer: () => jsonPage(routes()),
    },
    explainPage(explain),
    reloadPage(reload),
  ]
  return [indexPage(pages), ...pages]
}

function indexPage(pages: readonly AdminPage[]): AdminPage {
  const lines = pages.flatMap(({ path, method, meanings }) =>
    meanings.map(({ suffix, words }) => ({
      way: `${path}${suffix}`,
      words: method === "GET" ? words : `POST: ${words}`,
    })),
  )
  const width = Math.max(...lines.map(({ way }) => way.length))
  const text = ["Causeway bridge: admin", "", ...lines.map(({ way, words }) => `${way.padEnd(width)}  ${words}`), ""]
  return {
    path: "/",
    method: "GET",
    meanings: [],
    isFor: "everyone",
    answer: () => ({ status: 200, text: text.join("\n") }),
  }
}

function means(words: string): AdminPage["meanings"] {
  return [{ suffix: "", words }]
}
