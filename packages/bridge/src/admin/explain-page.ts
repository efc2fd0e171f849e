import { readExplainRequest } from "../routing/explain-request.ts"
import type { RouteRequest } from "../routing/conditions.ts"
import type { RouteExplanation } from "../routing/explain.ts"
import type { AdminPage } from "./page.ts"
import { jsonPage } from "./page.ts"

const expected =
  "expected ?method=package.Service/Method, and perhaps &header=name:value (once or more), &origin=ORIGIN and &wire=grpc-web, grpc-web-text or grpc, percent-encoded"

/** `/routes/explain`: the route that takes a call in the running configuration, and why, as `route explain` says it. */
export function explainPage(explain: (request: RouteRequest) => RouteExplanation): AdminPage {
  return {
    path: "/routes/explain",
    method: "GET",
    meanings: [
      {
        suffix: "?method=package.Service/Method&header=name:value",
        words: "the route that takes a call, and why, as JSON",
      },
    ],
    isFor: "operators",
    answer({ query }) {
      const read = readExplainRequest([...new URLSearchParams(query)], (name) => name)
      if (read.kind === "problems") return { status: 400, text: `${read.problems.join("; ")}; ${expected}\n` }
      return jsonPage(explain(read.request))
    },
  }
}
