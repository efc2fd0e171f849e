import type { RouteRequest } from "./conditions.ts"
import { parseMethodPath } from "./method-path.ts"
import type { MethodPath } from "./method-path.ts"
import type { HashSource } from "../core/hash-source.ts"
import type { MirrorConfig, RouteAction } from "./route-config.ts"
import type { CompiledRoute, RouteTable } from "./route-table.ts"
import { pathWithoutPrefix } from "./route-table.ts"

/** The way of a request through the routes, in words. Its fields are the JSON form. */
export interface RouteExplanation {
  readonly path: string
  /** Name of the route that takes the request. Null: none does. */
  readonly route: string | null
  /** The path as the backend gets it. Null: no route takes the request. */
  readonly pathToBackend: string | null
  /** The outcome in a sentence. */
  readonly outcome: string
  /** Assumptions of the explanation, as sentences. */
  readonly notes: readonly string[]
  /** Every route in order. */
  readonly steps: readonly RouteStep[]
}

/** One route's part. */
export interface RouteStep {
  readonly route: string
  /** `notReached`: an earlier route has taken the request. */
  readonly result: "taken" | "noMatch" | "notReached"
  readonly why: string
}

/**
 * Explains which route takes a request, and why each route before it does not. `isOfProxies`: tells the fields that only trusted
 * proxies may set, if there are any.
 */
export function explainRoutes(
  table: RouteTable,
  request: RouteRequest,
  isOfProxies: (field: string) => boolean = () => false,
): RouteExplanation {
  const { path } = request
  const parsed = parseMethodPath(path)
  const isStripped = parsed !== null && table.routes.some(({ prefix }) => prefix === parsed.prefix)
  if (parsed === null || (parsed.prefix !== "" && !isStripped)) {
    const steps = table.routes.map(({ config }) => ({
      route: config.name,
      result: "noMatch" as const,
      why: "the path names no method",
    }))
    return { path, route: null, pathToBackend: null, outcome: notAMethod(path, table), notes: [], steps }
  }
  const reasons = table.routes.map((route) => mismatchOf(route, parsed, request))
  const takenAt = reasons.indexOf(null)
  const steps = table.routes.map((route, i): RouteStep => stepOf(route, i, reasons[i], takenAt))
  const reached = takenAt < 0 ? table.routes : table.routes.slice(0, takenAt + 1)
  const notes = proxyNotes(reached, parsed, request, isOfProxies)
  if (takenAt < 0) return { path, route: null, pathToBackend: null, outcome: noRouteTakes(path), notes, steps }
  const taken = table.routes[takenAt]
  const outcome = `${path} takes the route "${taken.config.name}": ${actionInWords(taken.config.action)}${mirrorInWords(taken.config.mirror)}`
  return { path, route: taken.config.name, pathToBackend: pathWithoutPrefix(taken, path), outcome, notes, steps }
}

/** The explanation as lines for a terminal. */
export function routeExplanationText({ path, pathToBackend, outcome, notes, steps }: RouteExplanation): string {
  const marks = { taken: "✓", noMatch: "✗", notReached: " " }
  const width = Math.max(0, ...steps.map(({ route }) => route.length))
  const lines = steps.map(({ route, result, why }) => `  ${marks[result]} ${route.padEnd(width)}  ${why}`)
  const stripped =
    pathToBackend === null || pathToBackend === path ? [] : [`The backend gets the path ${pathToBackend}.`]
  return [`${outcome}.`, ...stripped, ...notes.map((note) => `${note}.`), "", ...lines, ""].join("\n")
}

/** The message to a client whose path names no method. */
export function notAMethod(path: string, table: RouteTable): string {
  const prefixes = [...new Set(table.routes.map(({ prefix }) => `${prefix}/package.Service/Method`))]
  return `${path.slice(0, 200)} names no gRPC method; ${prefixes.slice(0, 3).join(" or ")} is expected`
}

/** The message to a client whose call no route takes. */
export function noRouteTakes(path: string): string {
  return `No route of this bridge takes ${path.slice(0, 200)}; is the method's name right, and are the fields set by which the routes choose?`
}

function stepOf({ config }: CompiledRoute, index: number, reason: string | null, takenAt: number): RouteStep {
  const route = config.name
  if (index === takenAt) return { route, result: "taken", why: "every condition holds" }
  if (takenAt >= 0 && index > takenAt)
    return { route, result: "notReached", why: "an earlier route has taken the call" }
  return { route, result: "noMatch", why: reason ?? "" }
}

/** A route for these methods may have looked at a field that the bridge believes from trusted proxies alone. */
function proxyNotes(
  routes: readonly CompiledRoute[],
  path: MethodPath,
  request: RouteRequest,
  isOfProxies: (field: string) => boolean,
): string[] {
  const conditions = routes.filter((route) => pathMismatchOf(route, path) === null).flatMap((route) => route.conditions)
  const fields = new Set(conditions.flatMap(({ field }) => (field === null ? [] : [field])))
  return [...fields]
    .filter((field) => isOfProxies(field) && request.header(field) !== null)
    .map(
      (field) =>
        `This holds for calls of a trusted proxy: with --trusted-proxies, the ${field} of others does not count`,
    )
}

/** The first condition that does not hold, in words. Null: all hold. */
function mismatchOf(route: CompiledRoute, path: MethodPath, request: RouteRequest): string | null {
  const ofPath = pathMismatchOf(route, path)
  if (ofPath !== null) return ofPath
  const failed = route.conditions.find((condition) => !condition.holds(request))
  return failed === undefined ? null : `it matches only if ${failed.words}; ${failed.found(request)}`
}

function pathMismatchOf(route: CompiledRoute, path: MethodPath): string | null {
  if (route.prefix !== path.prefix) {
    return path.prefix === ""
      ? `it takes only paths below ${route.prefix}/`
      : `it does not strip ${path.prefix} from the path`
  }
  if (route.service?.matches(path.service) === false)
    return `the service ${path.service} is not ${route.service.source}`
  if (route.method?.matches(path.method) === false) return `the method ${path.method} is not ${route.method.source}`
  return null
}

function actionInWords(action: RouteAction): string {
  switch (action.kind) {
    case "upstream":
      return `the upstream "${action.upstream}" gets the call`
    case "split":
      return `${sharesInWords(action.upstreams)}, ${choiceInWords(action.sticky)}`
    case "answer":
      return `the bridge answers with status ${action.code} itself`
  }
}

function mirrorInWords(mirror: MirrorConfig | null): string {
  if (mirror === null) return ""
  const copies = mirror.percent === 100 ? "a copy of each" : `copies of ${mirror.percent} % of them`
  return `; the upstream "${mirror.upstream}" gets ${copies}, and its answers are dropped`
}

function sharesInWords(upstreams: readonly { readonly upstream: string; readonly weight: number }[]): string {
  const total = upstreams.reduce((sum, { weight }) => sum + weight, 0)
  return upstreams
    .map(({ upstream, weight }) => `the upstream "${upstream}" gets ${Number(((100 * weight) / total).toFixed(2))} %`)
    .join(", ")
}

function choiceInWords(sticky: HashSource | null): string {
  return sticky === null ? "chosen at random" : `chosen by the ${sticky.kind} ${sticky.name}, or at random without it`
}
