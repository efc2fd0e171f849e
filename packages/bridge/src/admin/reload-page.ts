import { SharedRuns } from "../reload/shared-runs.ts"
import type { AdminPage } from "./page.ts"
import { jsonPage } from "./page.ts"

/** The result of a reload, as POST /reload shows it. */
export type AdminReload =
  | { readonly kind: "applied"; readonly needRestart: readonly string[]; readonly warnings: readonly string[] }
  | {
      readonly kind: "refused"
      readonly problems: readonly { readonly name: string; readonly message: string }[]
    }

/**
 * `/reload`. One reload runs and one waits, however many requests come: those that come while one waits get its answer, since it
 * reads the files after they have asked. Null: there is no configuration file.
 */
export function reloadPage(reload: (() => Promise<AdminReload>) | null): AdminPage {
  const runs = reload === null ? null : new SharedRuns(reload)
  return {
    path: "/reload",
    method: "POST",
    meanings: [{ suffix: "", words: "reads the configuration file and the certificates again" }],
    isFor: "operators",
    async answer({ origin }) {
      // Any page may send a POST without asking, but its browser then names the page.
      if (origin !== undefined) return { status: 403, text: "Web pages may not reload the bridge.\n" }
      if (runs === null) {
        return {
          status: 409,
          text: "The bridge was started without a configuration file (--config); send SIGHUP for certificates.\n",
        }
      }
      const result = await runs.run()
      return jsonPage(result, result.kind === "applied" ? 200 : 422)
    },
  }
}
