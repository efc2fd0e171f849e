import type { Glob } from "./glob.ts"

/** The parts of a route by which those that may cover it are found. */
export interface IndexedRoute {
  readonly prefix: string
  readonly service: Glob
  readonly method: Glob
  /** Conditions that compare a field with one value, as texts. Equal texts are the same condition. */
  readonly values: readonly string[]
}

/** Groups of items that are added under patterns. */
class ByPattern<T> {
  readonly #exact = new Map<string, T>()
  readonly #byStart = new Map<string, T>()
  /** The different lengths of the starts. They are few. */
  readonly #startLengths = new Set<number>()

  /** The group of this pattern. */
  of(pattern: Glob, create: () => T): T {
    const { source, start, isExact } = pattern
    if (isExact) return groupOf(this.#exact, source, create)
    this.#startLengths.add(start.length)
    return groupOf(this.#byStart, start, create)
  }

  /** Every group with a pattern that may cover this one. */
  maybeCovering({ source }: Glob): T[] {
    const groups = [...this.#startLengths].map((length) => this.#byStart.get(source.slice(0, length)))
    return [this.#exact.get(source), ...groups].filter((group) => group !== undefined)
  }
}

type ByValue<R> = Map<string, R[]>

/** The group of routes that compare no field with a value. */
const noValue = ""

/**
 * Routes in their order, by all that a route must share with a later one to take its calls: the prefix, the exact name or the
 * start of the pattern of service and method, and a value of a field. So a route is compared with few others, however many there are.
 */
export class EarlierRoutes<R extends IndexedRoute> {
  readonly #byPrefix = new Map<string, ByPattern<ByPattern<ByValue<R>>>>()

  add(route: R): void {
    const byService = groupOf(this.#byPrefix, route.prefix, () => new ByPattern<ByPattern<ByValue<R>>>())
    const byMethod = byService.of(route.service, () => new ByPattern<ByValue<R>>())
    const byValue = byMethod.of(route.method, () => new Map<string, R[]>())
    groupOf(byValue, route.values[0] ?? noValue, () => []).push(route)
  }

  /** Lists with every route that may cover this one. Each list has the order in which its routes were added. */
  maybeCovering({ prefix, service, method, values }: IndexedRoute): (readonly R[])[] {
    return (this.#byPrefix.get(prefix)?.maybeCovering(service) ?? [])
      .flatMap((byMethod) => byMethod.maybeCovering(method))
      .flatMap((byValue) => [noValue, ...values].map((value) => byValue.get(value)))
      .filter((routes) => routes !== undefined)
  }
}

function groupOf<T>(groups: Map<string, T>, key: string, create: () => T): T {
  const known = groups.get(key)
  if (known !== undefined) return known
  const created = create()
  groups.set(key, created)
  return created
}
