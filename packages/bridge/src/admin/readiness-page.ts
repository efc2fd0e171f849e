import type { AdminPage } from "./page.ts"

/** Whether the bridge accepts new calls. `why`: the reason if it does not. */
export interface Readiness {
  readonly ready: boolean
  readonly why: string
  /** Facts for /readyz?verbose that do not change the answer. */
  readonly notes?: readonly string[]
}

/**
 * `/readyz`. Probes use any name and must not fail for it. The reason names the backend, so it is shown only under a name that no
 * web site can have.
 */
export function readinessPage(readiness: () => Readiness): AdminPage {
  return {
    path: "/readyz",
    method: "GET",
    meanings: [
      { suffix: "", words: "200 while new calls are welcome, otherwise 503 and the reason" },
      { suffix: "?verbose", words: "the same, with facts such as a configuration file that was refused" },
    ],
    isFor: "everyone",
    answer({ query, isFromOperator }) {
      const { ready, why, notes = [] } = readiness()
      const lines =
        isFromOperator && new URLSearchParams(query).has("verbose") ? notes.map((note) => `${note}\n`).join("") : ""
      if (ready) return { status: 200, text: `ready\n${lines}` }
      return { status: 503, text: isFromOperator ? `not ready: ${why}\n${lines}` : "not ready\n" }
    },
  }
}
