import type { MirrorOutcome, Observer } from "../core/observer.ts"
import { mirrorOutcomes } from "../core/observer.ts"
import type { Registry, Sample } from "./registry.ts"

type MirrorCounters = Readonly<Record<MirrorOutcome, Sample>>

/** The metrics of the copies of calls for mirrors. */
export interface MirrorMetrics {
  readonly observer: Pick<Observer, "mirrorStarted" | "mirrorEnded">
  /** Forgets the counters of other upstreams, which the registry has removed. */
  retain(isKept: (upstream: string) => boolean): void
}

/** Registers the metrics. The counters of a mirror are all present from its first copy on. */
export function addMirrorMetrics(registry: Registry): MirrorMetrics {
  const bind = registry.counters(
    "causeway_mirror_calls_total",
    "Copies of calls for mirrors that have ended, by outcome: finished, or why the copy was given up.",
    ["upstream", "outcome"],
  )
  const ended = new Map<string, MirrorCounters>()
  const countersOf = (upstream: string): MirrorCounters => {
    let counters = ended.get(upstream)
    if (counters === undefined) {
      const samples = mirrorOutcomes.map((outcome) => [outcome, bind([upstream, outcome])])
      counters = Object.fromEntries(samples) as MirrorCounters
      ended.set(upstream, counters)
    }
    return counters
  }
  let open = 0
  registry.gauge("causeway_mirror_calls_in_flight", "Copies of calls for mirrors in progress.", () => open)
  return {
    observer: {
      mirrorStarted(upstream) {
        open++
        countersOf(upstream)
      },
      mirrorEnded(upstream, outcome) {
        open--
        countersOf(upstream)[outcome].value++
      },
    },
    retain(isKept) {
      for (const name of ended.keys()) if (!isKept(name)) ended.delete(name)
    },
  }
}
