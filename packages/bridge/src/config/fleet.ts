import type { RouteConfig } from "../routing/route-config.ts"
import { routeToAll } from "../routing/route-to-all.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"
import { byName, listOf } from "./file/collections.ts"
import { Reading } from "./file/reading.ts"
import type { Shape } from "./file/shape.ts"
import type { Tree } from "./file/tree.ts"
import { treeOfCode } from "./file/tree.ts"
import { route } from "./route-rows.ts"
import { checkRouteNames } from "./route-rules.ts"
import type { UpstreamDefaults } from "./upstream-defaults.ts"
import { upstreamSection } from "./upstream-rows.ts"
import { name } from "./upstream-kinds.ts"

/** The backends and the routes of a configuration. */
export interface Fleet {
  readonly upstreams: readonly UpstreamConfig[]
  readonly routes: readonly RouteConfig[]
}

/** The parts of a configuration that name backends and routes. */
export interface FleetSource {
  /** The URL of the only backend, checked. */
  readonly upstream: string | null
  readonly upstreams: Tree | null
  readonly routes: Tree | null
}

/** The name of the upstream that `--upstream` makes. */
const defaultName = "default"

/** The list of routes. */
export const routeList: Shape<readonly RouteConfig[]> = listOf(route, false)

/** The upstreams by their names. */
export function upstreamMap(defaults: UpstreamDefaults): Shape<readonly UpstreamConfig[]> {
  return byName<UpstreamConfig>(upstreamSection(defaults), name)
}

/** Reads upstreams and routes. Null: the problems were reported to `reading`. */
export function readFleet(source: FleetSource, defaults: UpstreamDefaults, reading: Reading): Fleet | null {
  const upstreams = readUpstreams(source, defaults, reading)
  const routes = readRoutes(source.routes, reading)
  return upstreams === null || routes === null ? null : { upstreams, routes }
}

function readUpstreams(
  { upstream, upstreams }: FleetSource,
  defaults: UpstreamDefaults,
  reading: Reading,
): readonly UpstreamConfig[] | null {
  const names = upstreams === null ? [] : namesOf(upstreams)
  if (upstream === null && upstreams !== null) {
    reading.upstreamNames = names
    return upstreamMap(defaults).read(upstreams, "upstreams", reading) ?? null
  }
  reading.upstreamNames = [defaultName]
  // A configuration that was checked has both, and may be checked again.
  if (names.length > 0 && (reading.dialect === "file" || names.some((one) => one !== defaultName))) {
    const both = `received upstream and upstreams (${names.join(", ")})`
    reading.refuse("upstreams", `${both}, expected one of both`)
  }
  return upstream === null ? null : [onlyUpstream(upstream, defaults)]
}

function readRoutes(tree: Tree | null, reading: Reading): readonly RouteConfig[] | null {
  if (tree !== null) {
    const routes = routeList.read(tree, "routes", reading)
    checkRouteNames(namesInList(tree), reading)
    return routes ?? null
  }
  const [first, ...others] = reading.upstreamNames
  if (first !== undefined && others.length === 0) return [routeToAll(first)]
  if (others.length > 0) {
    reading.refuse(
      "routes",
      `received nothing, expected a list of routes, since there are ${others.length + 1} upstreams`,
    )
  }
  return null
}

/** The names in a map of a file, or in a list in code, also of upstreams with problems. */
function namesOf(tree: Tree): readonly string[] {
  if (tree.kind === "map") return tree.entries.map((entry) => entry.name)
  if (tree.kind === "value") return []
  return namesInList(tree).filter((text) => text !== null)
}

/** The name of each item of a list. Null: the item has none. */
function namesInList(tree: Tree): readonly (string | null)[] {
  if (tree.kind !== "list") return []
  return tree.items.map((item) => {
    const value = item.kind === "map" ? item.entries.find((entry) => entry.name === "name")?.value : undefined
    return value?.kind === "value" && typeof value.value === "string" ? value.value : null
  })
}

/** The upstream of `--upstream`, whose URL was checked. */
function onlyUpstream(url: string, defaults: UpstreamDefaults): UpstreamConfig {
  const reading = new Reading("code", "", (text) => ({ text }))
  const fields = upstreamSection(defaults).read(treeOfCode({ endpoints: [url] }), "upstream", reading)
  if (fields === undefined) throw new Error(`${url} is no upstream: ${JSON.stringify(reading.problems)}`) // unreachable: the URL was checked
  return { name: defaultName, ...fields }
}
