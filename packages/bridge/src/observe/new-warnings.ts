import type { Log } from "./log.ts"

/** Logs the warnings about a configuration that the configuration before it did not have: a reload repeats none. */
export class NewWarnings {
  readonly #log: Log
  #known: ReadonlySet<string>

  /** `known`: warnings that were logged already. */
  constructor(log: Log, known: readonly string[] = []) {
    this.#log = log
    this.#known = new Set(known)
  }

  /** Takes all warnings of the configuration that is in force now. */
  log(warnings: readonly string[]): void {
    for (const warning of new Set(warnings)) if (!this.#known.has(warning)) this.#log.warn(warning)
    this.#known = new Set(warnings)
  }
}
