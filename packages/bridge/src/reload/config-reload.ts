import { ConfigError, formatProblem } from "../config/check.ts"
import type { Config, ConfigProblem } from "../config/schema.ts"
import type { Applied } from "../config-in-force.ts"
import type { Log } from "../observe/log.ts"
import { NewWarnings } from "../observe/new-warnings.ts"
import type { Registry, Sample } from "../observe/registry.ts"
import { SharedRuns } from "./shared-runs.ts"
import { FileWatch } from "./watch-file.ts"

/** The file that a configuration comes from. */
export interface ConfigSource {
  readonly path: string
  /** The bytes of the file that the configuration of the start was read from. */
  readonly content: Buffer
  /** The warnings of that reading, which were logged. */
  readonly warnings: readonly string[]
  /**
   * Reads the file again, with the flags and variables of the start.
   * @throws {ConfigError} naming every problem
   */
  read(): { readonly config: Config; readonly warnings: readonly string[] }
}

/** What became of a reload. */
export type ReloadResult =
  /** `needRestart`: settings that differ and hold until the process ends. `warnings`: all that there are about the configuration. */
  | { readonly kind: "applied"; readonly needRestart: readonly string[]; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly problems: readonly ConfigProblem[] }

/** Parts of the bridge that a reload uses. */
export interface ReloadParts {
  readonly source: ConfigSource
  /** Puts the configuration to use, and logs the warnings about it. */
  readonly apply: (config: Config) => Promise<Applied>
  readonly log: Log
  readonly registry: Registry
}

/** Reads the configuration file when it changes and when somebody asks, and keeps the old configuration if it cannot be used. */
export class ConfigReload {
  readonly #parts: ReloadParts
  readonly #applied: Sample
  readonly #refused: Sample
  readonly #watch: FileWatch
  readonly #warnings: NewWarnings
  readonly #runs = new SharedRuns(() => this.#reload())
  #last: ReloadResult | null = null

  constructor(parts: ReloadParts) {
    const { source, registry, log } = parts
    this.#parts = parts
    this.#warnings = new NewWarnings(log, source.warnings)
    const count = registry.counters(
      "causeway_config_reloads_total",
      "Readings of the configuration file after the start, by result; the log says why one was refused.",
      ["result"],
    )
    this.#applied = count(["applied"])
    this.#refused = count(["refused"])
    registry.gauge(
      "causeway_config_last_reload_successful",
      "1 if the configuration file, as it was last read, is in force; 0 if it was refused. Alert on 0.",
      () => (this.#last?.kind === "refused" ? 0 : 1),
    )
    this.#watch = new FileWatch(source.path, source.content, () => void this.reload())
  }

  /** Why the file, as it was last read, is not in force. Null: it is. */
  get refusal(): string | null {
    return this.#last?.kind === "refused" ? this.#last.problems.map(formatProblem).join("; ") : null
  }

  /** Reads the file now. One reading at a time: whoever asks meanwhile shares the next one. */
  reload(): Promise<ReloadResult> {
    return this.#runs.run()
  }

  close(): void {
    this.#watch.close()
  }

  async #reload(): Promise<ReloadResult> {
    this.#last = await this.#readAndApply()
    return this.#last
  }

  async #readAndApply(): Promise<ReloadResult> {
    const { source, apply, log } = this.#parts
    try {
      const read = source.read()
      const { needRestart, warnings } = await apply(read.config)
      this.#applied.value++
      this.#warnings.log(read.warnings)
      if (needRestart.length > 0)
        log.warn("some changed settings need a restart, and keep their old values", { needRestart })
      log.info("the configuration was reloaded; new calls use it", { file: source.path })
      return { kind: "applied", needRestart, warnings: [...read.warnings, ...warnings] }
    } catch (cause) {
      this.#refused.value++
      const problems = problemsOf(cause, source.path)
      log.error("the configuration file cannot be used; the old configuration stays in force", {
        file: source.path,
        problems: problems.map(formatProblem),
      })
      return { kind: "refused", problems }
    }
  }
}

function problemsOf(cause: unknown, path: string): readonly ConfigProblem[] {
  if (cause instanceof ConfigError) return cause.problems
  return [{ name: path, message: cause instanceof Error ? cause.message : String(cause) }]
}
