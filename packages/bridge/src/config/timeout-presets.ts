import type { BridgeSettings } from "./schema.ts"

/** The time limits that a preset sets together. */
export type PresetTimeouts = Pick<BridgeSettings, "keepAliveTimeoutMs" | "headTimeoutMs" | "stallTimeoutMs" | "graceMs">

/** A set of time limits under one name. */
export interface TimeoutPreset {
  readonly meaning: string
  readonly timeouts: PresetTimeouts
}

const second = 1_000
const minute = 60 * second

/** The name of a preset. */
export type PresetName = "api" | "upload"

/** The presets of `timeouts.preset`. A time limit that is set by itself wins over the preset. */
export const timeoutPresets: Readonly<Record<PresetName, TimeoutPreset>> = {
  api: {
    meaning: "Short calls with small messages: a side that stops reading is given up after half a minute.",
    timeouts: {
      keepAliveTimeoutMs: 65 * second,
      headTimeoutMs: 5 * second,
      stallTimeoutMs: 30 * second,
      graceMs: 20 * second,
    },
  },
  upload: {
    meaning:
      "Large messages from slow networks: a side may pause for ten minutes, and a shutdown waits five minutes for open calls. Raise the time after which your platform kills the process above that.",
    timeouts: {
      keepAliveTimeoutMs: 65 * second,
      headTimeoutMs: 30 * second,
      stallTimeoutMs: 10 * minute,
      graceMs: 5 * minute,
    },
  },
}
