import { presetKind, presetPath, shorthands } from "./file/settings-reader.ts"
import { routeList, upstreamMap } from "./fleet.ts"
import type { JsonSchema } from "./kind.ts"
import type { Setting } from "./setting.ts"
import { defaultSettings, settings } from "./settings.ts"
import { timeoutPresets } from "./timeout-presets.ts"

/** The JSON Schema (draft 2020-12) of configuration files. */
export function configJsonSchema(): JsonSchema {
  const root: Record<string, JsonSchema> = {}
  for (const setting of Object.values<Setting<unknown>>(settings))
    put(root, setting.path.split("."), leafSchema(setting))
  const presets = Object.entries(timeoutPresets).map(([name, { meaning }]) => `${name}: ${meaning}`)
  const preset = { description: `Time limits as one set. ${presets.join(" ")}`, ...presetKind.json }
  put(root, presetPath.split("."), preset)
  for (const [section, path] of shorthands) root[section] = { anyOf: [schemaAt(root, path), root[section]] }
  root.upstreams = { description: "The backends, by name.", ...upstreamMap(defaultSettings).json }
  root.routes = { description: "The first route that matches takes a call.", ...routeList.json }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of causeway-bridge",
    ...objectOf(root),
  }
}

function leafSchema({ meaning, kind, fallback }: Setting<unknown>): JsonSchema {
  const isPlain = fallback !== null && !Array.isArray(fallback)
  const written = kind.isNumber === true ? fallback : kind.toText(fallback)
  return { description: meaning, ...kind.json, ...(isPlain ? { default: written } : {}) }
}

/** Adds a schema at its place. Sections on the way are created. */
function put(parent: Record<string, JsonSchema>, [name, ...rest]: readonly string[], schema: JsonSchema): void {
  if (rest.length === 0) {
    parent[name] = schema
    return
  }
  const section = (parent[name] ??= objectOf({}))
  put(section.properties as Record<string, JsonSchema>, rest, schema)
}

function schemaAt(root: Readonly<Record<string, JsonSchema>>, path: string): JsonSchema {
  const [section, name] = path.split(".")
  return (root[section].properties as Record<string, JsonSchema>)[name]
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", additionalProperties: false, properties }
}
