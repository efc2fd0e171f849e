import { parseConfig } from "./config/check.ts"
import type { Config, ConfigInput } from "./config/schema.ts"
import { configWarnings } from "./config-warnings.ts"
import { keepFixed, needRestart } from "./fixed-settings.ts"
import type { PreparedGeneration } from "./generations.ts"
import type { Log } from "./observe/log.ts"
import { NewWarnings } from "./observe/new-warnings.ts"

/** What came of a configuration that was applied. */
export interface Applied {
  /** The settings that differ and need a restart: they stay as they are. */
  readonly needRestart: readonly string[]
  /** All warnings about the configuration, also those that the one before had. */
  readonly warnings: readonly string[]
}

/** The parts of a bridge that another configuration changes. */
export interface ChangedParts {
  readonly log: Log
  readonly isClosing: () => boolean
  /** Builds a generation. Nothing changes before its `commit`. */
  readonly prepare: (config: Config) => Promise<PreparedGeneration>
  /** The generation has taken over: uses the settings that belong to none. */
  readonly use: (config: Config) => void
}

/** The configuration that a bridge uses, and the way to another one. */
export class ConfigInForce {
  readonly #started: Config
  #current: Config
  readonly #parts: ChangedParts
  readonly #warnings: NewWarnings
  /** Resolves when the last `apply` has ended. */
  #applied: Promise<void> = Promise.resolve()

  /** `config`: the configuration with which the bridge starts. */
  constructor(config: Config, parts: ChangedParts) {
    this.#started = this.#current = config
    this.#parts = parts
    this.#warnings = new NewWarnings(parts.log)
  }

  get current(): Config {
    return this.#current
  }

  /** Logs the warnings about the configuration with which the bridge has started. */
  warnAtStart(): void {
    this.#warnings.log(configWarnings(this.#started))
  }

  /**
   * Uses this configuration for new calls. One is applied at a time, in order. Warnings that the configuration before did not have
   * are logged.
   * @throws {ConfigError} naming every problem, or the system's error when a file cannot be read, or an error once the bridge shuts
   * down; nothing has changed then
   */
  async apply(input: ConfigInput): Promise<Applied> {
    const config = parseConfig(input)
    const { promise, resolve } = Promise.withResolvers<void>()
    const turn = this.#applied
    this.#applied = promise
    try {
      await turn
      return await this.#take(config)
    } finally {
      resolve()
    }
  }

  async #take(config: Config): Promise<Applied> {
    const { prepare, isClosing, use } = this.#parts
    const next = keepFixed(this.#started, config)
    const prepared = await prepare(next)
    if (isClosing()) throw new Error("the bridge is shutting down, and takes no new configuration")
    prepared.commit()
    this.#current = next
    use(next)
    const warnings = configWarnings(next)
    this.#warnings.log(warnings)
    return { needRestart: needRestart(this.#started, config), warnings }
  }
}
