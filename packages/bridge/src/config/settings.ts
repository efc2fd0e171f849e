import { backendSettings } from "./backend-settings.ts"
import { clientSettings } from "./client-settings.ts"
import { file, orNull } from "./kind.ts"
import { limitSettings } from "./limit-settings.ts"
import { operationSettings } from "./operation-settings.ts"
import type { BridgeSettings } from "./schema.ts"
import type { FlagSetting, Setting, SettingsOf } from "./setting.ts"

/** The configuration file. It is no setting of its own, since it holds the settings. */
export const configFile: FlagSetting<string | null> = {
  flag: "config",
  kind: orNull(file, "none"),
  fallback: null,
  meaning:
    "Configuration file in YAML or JSON, with several upstreams and routes if needed. Flags and variables win over it.",
}

/** Every setting, in the order in which the help and the docs show them. */
export const settings: SettingsOf<keyof BridgeSettings> = {
  ...backendSettings,
  ...clientSettings,
  ...limitSettings,
  ...operationSettings,
}

/** Every default. */
export const defaultSettings: BridgeSettings = Object.fromEntries(
  Object.entries<Setting<unknown>>(settings).map(([key, { fallback }]) => [key, fallback]),
) as unknown as BridgeSettings
