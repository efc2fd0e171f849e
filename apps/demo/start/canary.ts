import { bridgeConfig } from "./bridge-config.ts"
import type { ConfigFile } from "./config-file.ts"
import type { CanaryState } from "./lab-state.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import type { PartSwitch } from "./part-switch.ts"

/** The parts that a canary needs. */
export interface CanaryParts {
  /** The server of the second version. */
  readonly v2: PartSwitch
  /** `http://host:port` of each version. That of the second is valid after its first start. */
  readonly addresses: () => { readonly v1: string; readonly v2: string }
  readonly configFile: ConfigFile
}

/** A second version of the service behind the bridge. Its changes run one after the other. */
export interface Canary {
  state(): CanaryState
  /** The text of the bridge's configuration file. */
  configuration(): string
  /** Writes the configuration for the current state. Call it before the bridge starts. */
  prepare(): Promise<void>
  /** Starts the second version, then leads calls to it. */
  turnOn(): Promise<void>
  /** Leads all calls to the first version again, then stops the second. */
  turnOff(): Promise<void>
  /** @throws Error if there is no second version, or `percent` is no whole number from 0 to 100. */
  setShare(percent: number): Promise<void>
}

/** Few calls at first, as one begins with a new version. */
const firstSharePercent = 10

/** Makes the canary, turned off. */
export function createCanary({ v2, addresses, configFile }: CanaryParts): Canary {
  let sharePercent: number | null = null
  const next = oneAtATime()

  async function use(percent: number | null): Promise<void> {
    const { v1, v2: address } = addresses()
    await configFile.write(bridgeConfig({ v1, v2: percent === null ? null : { address, sharePercent: percent } }))
    sharePercent = percent
  }

  async function turnOnNow(): Promise<void> {
    if (sharePercent !== null) return
    await v2.start()
    await use(firstSharePercent)
  }

  async function turnOffNow(): Promise<void> {
    if (sharePercent === null) return
    await use(null)
    await v2.stop("it was turned off on the Bridge page")
  }

  async function setShareNow(percent: number): Promise<void> {
    if (sharePercent === null) throw new Error("There is no second version: turn it on first.")
    if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
      throw new Error(`The share of v2 must be a whole number from 0 to 100, not ${percent}.`)
    }
    await use(percent)
  }

  return {
    state: () => (sharePercent === null ? { kind: "off" } : { kind: "on", server: v2.state, sharePercent }),
    configuration: configFile.text,
    prepare: () => next(() => use(sharePercent)),
    turnOn: () => next(turnOnNow),
    turnOff: () => next(turnOffNow),
    setShare: (percent) => next(() => setShareNow(percent)),
  }
}
