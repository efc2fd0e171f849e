import type { Kind } from "./kind.ts"
import type { BridgeSettings } from "./schema.ts"

/** The group of a setting in the help and the docs. */
export type SettingGroup = "Backend" | "Clients" | "Limits" | "Operation"

/** One setting. The schema, the flags, the variables, the help and the docs are made from this table. */
export interface Setting<T> {
  readonly group: SettingGroup
  /** The flag without its dashes; its environment variable follows from it. */
  readonly flag: string
  /** The place in the configuration file. Its parts are the names of sections, and of the setting in the last one. */
  readonly path: string
  readonly kind: Kind<T>
  /** The default. */
  readonly fallback: T
  /** The meaning, in a few sentences. */
  readonly meaning: string
  /** When to change it. */
  readonly change: string
  /** The name of this setting in Envoy, gRPC, Node or nginx. */
  readonly elsewhere: string
}

/** The part of a setting that flags and variables need. */
export type FlagSetting<T> = Pick<Setting<T>, "flag" | "kind" | "fallback" | "meaning">

/** Settings by their keys. */
export type SettingsOf<Key extends keyof BridgeSettings> = { readonly [One in Key]: Setting<BridgeSettings[One]> }

/** The environment variable of a setting: `--max-sessions` is `CAUSEWAY_MAX_SESSIONS`. */
export function variableOf({ flag }: { readonly flag: string }): string {
  return `CAUSEWAY_${flag.toUpperCase().replaceAll("-", "_")}`
}
