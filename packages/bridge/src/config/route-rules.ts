import type { HedgingConfig, RetryConfig } from "../core/retry-config.ts"
import type { RouteConfig, RouteTimeouts } from "../routing/route-config.ts"
import type { Reading } from "./file/reading.ts"
import type { Rules } from "./file/section.ts"

/** The rules between the fields of a route. */
export function checkRoute({ action, retry, hedging, mirror }: RouteConfig, { refuse, pathOf, reading }: Rules): void {
  if (retry !== null && hedging !== null) {
    refuse("hedging", "received retry and hedging, expected one of both (gRFC A6)")
  }
  if (mirror !== null && action.kind === "answer") {
    refuse(
      "mirror",
      "received mirror with answer, expected it with upstream or weights: the bridge answers such calls itself",
    )
  }
  if (action.kind !== "split") return
  const at = pathOf(...(reading.dialect === "code" ? ["action", "upstreams"] : ["weights"]))
  if (action.upstreams.every(({ weight }) => weight === 0)) {
    reading.refuse(at, "received only weights of 0, expected at least one above 0")
  }
  const names = action.upstreams.map(({ upstream }) => upstream)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) reading.refuse(at, `received ${twice} twice, expected each upstream once`)
}

/** The default is within the limit. */
export function checkTimeouts({ maxMs, defaultMs }: RouteTimeouts, { refuse }: Rules): void {
  if (maxMs !== null && defaultMs !== null && defaultMs > maxMs) {
    refuse("defaultMs", "received more than max, expected at most the same time")
  }
}

/** The pauses grow from the first to the longest. */
export function checkRetry({ initialBackoffMs, maxBackoffMs, codes }: RetryConfig, rules: Rules): void {
  if (initialBackoffMs > maxBackoffMs) {
    rules.refuse("initialBackoffMs", "received more than max-backoff, expected at most the same time")
  }
  checkCodes("codes", codes, rules)
}

/** Each code occurs once. */
export function checkHedging({ nonFatalCodes }: HedgingConfig, rules: Rules): void {
  checkCodes("nonFatalCodes", nonFatalCodes, rules)
}

function checkCodes(field: string, codes: readonly number[], { refuse }: Rules): void {
  if (new Set(codes).size < codes.length) refuse(field, "received a code twice, expected each code once")
}

/** Each name of a route occurs once. `names`: those of all routes, even of routes with problems; null: the route has none. */
export function checkRouteNames(names: readonly (string | null)[], reading: Reading): void {
  const seen = new Map<string, number>()
  for (const [i, name] of names.entries()) {
    if (name === null) continue
    const before = seen.get(name)
    if (before === undefined) seen.set(name, i)
    else
      reading.refuse(`routes[${i}].name`, `received ${name}, which routes[${before}] is too; expected each name once`)
  }
}
