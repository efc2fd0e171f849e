import type { Written, WrittenMap } from "./file/shape.ts"
import { leaf } from "./file/shape.ts"
import { routeList, upstreamMap } from "./fleet.ts"
import type { Loaded } from "./load.ts"
import type { BridgeSettings } from "./schema.ts"
import type { Setting } from "./setting.ts"
import { settings } from "./settings.ts"

/** A configuration as a file spells it. */
export interface WrittenConfig {
  readonly written: WrittenMap
  /** The origin of the value at this path: `--flag`, a variable, `file:line`, or `default`. */
  readonly originOf: (path: string) => string
}

const table = Object.entries(settings) as readonly [keyof BridgeSettings, Setting<unknown>][]
const keys = new Map(table.map(([key, { path }]) => [path, key]))

/** Writes a configuration. Secrets are hidden. The upstream of `--upstream` stands among the upstreams. */
export function writeConfig(loaded: Extract<Loaded, { readonly kind: "config" }>): WrittenConfig {
  const { config } = loaded
  const written: Record<string, Written> = {}
  for (const [key, { path, kind }] of table) {
    if (key !== "upstream") put(written, path.split("."), leaf(kind).write(config[key]))
  }
  written.upstreams = upstreamMap(config).write(config.upstreams)
  written.routes = routeList.write(config.routes)
  return { written, originOf: (path) => originOf(path, loaded) }
}

function put(parent: Record<string, Written>, [name, ...rest]: readonly string[], value: Written): void {
  if (rest.length === 0) parent[name] = value
  else put((parent[name] ??= {}) as Record<string, Written>, rest, value)
}

function originOf(
  path: string,
  { config, originOf: originOfKey, lineOf }: Extract<Loaded, { kind: "config" }>,
): string {
  const key = keys.get(path)
  if (key !== undefined) return originOfKey(key)
  const [, ofUpstream] = /^upstreams\.[\w-]+\.(.+)$/.exec(path) ?? []
  if (ofUpstream !== undefined && config.upstream !== null && /^endpoints\[0\]\.address$/.test(ofUpstream)) {
    return originOfKey("upstream")
  }
  // A list of one may be written without being a list.
  const line =
    config.upstream === null || ofUpstream === undefined ? (lineOf(path) ?? lineOf(path.replaceAll("[0]", ""))) : null
  if (line !== null) return line
  const shared = ofUpstream === undefined ? undefined : keys.get(`upstream-defaults.${ofUpstream}`)
  return shared === undefined ? "default" : originOfKey(shared)
}
