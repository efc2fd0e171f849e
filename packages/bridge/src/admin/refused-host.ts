import { hostNameProblem, nameOf } from "./allowed-host.ts"
import type { Page } from "./page.ts"

const quietMs = 60_000

/** Answers requests whose Host a web site can have, and reports one of them a minute. */
export class RefusedHosts {
  readonly #report: (host: string, page: string) => void
  #reportedAt = -Infinity

  constructor(report: (host: string, page: string) => void) {
    this.#report = report
  }

  /** `page`: the path of the page that was asked for. */
  answer(host: string, page: string): Page {
    const name = nameOf(host)
    if (name === null || hostNameProblem(name) !== null) {
      return {
        status: 403,
        text: "The Host field names no host; expected a name or an IP address, and perhaps a port.\n",
      }
    }
    const now = performance.now()
    if (now - this.#reportedAt >= quietMs) {
      this.#reportedAt = now
      this.#report(name, page)
    }
    return {
      status: 403,
      text: `${name} may be a web page's name, under which the page could use ${page} (DNS rebinding). ${page} answers to IP addresses, localhost, and names that no web site can have; if the name is yours, start the bridge with --admin-host ${name}\n`,
    }
  }
}
