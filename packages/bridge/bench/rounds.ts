import { resolve } from "node:path"
import { h2loadProblem } from "./h2load.ts"
import { writeLargeFleet } from "./large-fleet.ts"
import type { Sample } from "./measure.ts"
import { callCount, loadFor, measureCpu, measureMemory } from "./measure.ts"
import { measureStart } from "./measure-start.ts"
import type { Comparison, Options } from "./options.ts"
import type { Scene } from "./scene.ts"
import { bridgeKind } from "./subjects/bridge.ts"
import { peers } from "./subjects/peers.ts"
import type { SubjectKind } from "./subjects/subject.ts"
import type { Workload } from "./workloads.ts"
import { comparedWorkloads, pairedWorkloads } from "./workloads.ts"

/** The samples of one workload by subject, round by round. */
export interface Series {
  readonly workload: Workload
  readonly samples: ReadonlyMap<string, Sample[]>
}

/** A run with all its samples. */
export interface Run {
  readonly series: readonly Series[]
  /** What could not be measured, each with the reason. */
  readonly missing: readonly string[]
}

/** The programs of a comparison, and its workloads. Those that are compared with come first. */
function plan(comparison: Comparison): {
  readonly kinds: readonly SubjectKind[]
  readonly workloads: readonly Workload[]
} {
  const toUpstream = (upstream: string): readonly string[] => ["--upstream", upstream]
  switch (comparison.kind) {
    case "peers": {
      const bridges = [
        bridgeKind("bridge", (upstream) => [...toUpstream(upstream), "--codec", "node"]),
        bridgeKind("bridge-codec", (upstream) => [...toUpstream(upstream), "--codec", "causeway"]),
      ]
      const chosen = peers.filter(({ name }) => comparison.names.includes(name))
      return { kinds: [...chosen, ...bridges], workloads: comparedWorkloads }
    }
    case "earlier": {
      const earlier = bridgeKind("earlier", toUpstream, resolve(comparison.checkout))
      return { kinds: [earlier, bridgeKind("bridge", toUpstream)], workloads: pairedWorkloads("earlier", 1.02, true) }
    }
    case "one-upstream": {
      const large = bridgeKind("bridge", (upstream, folder) => writeLargeFleet(folder, upstream))
      const kinds = [bridgeKind("one-upstream", toUpstream), large]
      return { kinds, workloads: pairedWorkloads("one-upstream", 1.1, false) }
    }
  }
}

/** Measures everything in every round; which subject begins changes. The first round warms up. */
export async function runRounds(
  scene: Scene,
  options: Options,
  folder: string,
  tell: (progress: string) => void,
): Promise<Run> {
  const { kinds, workloads } = plan(options.comparison)
  const missing = new Map<string, string>()
  const withoutH2load = h2loadProblem()
  const chosen = workloads.filter(({ name, isByH2load }) => {
    if (!name.includes(options.only)) return false
    if (isByH2load && withoutH2load !== null) missing.set(name, withoutH2load)
    return !isByH2load || withoutH2load === null
  })
  const series = chosen.map((workload) => ({ workload, samples: new Map<string, Sample[]>() }))
  const measure = async (
    kind: SubjectKind,
    { workload, samples }: (typeof series)[0],
    keeps: boolean,
  ): Promise<void> => {
    const key = `${kind.name}, ${workload.name}`
    if (!takes(kind, workload) || missing.has(key) || missing.has(kind.name)) return
    try {
      const sample = await measureOne(scene, kind, workload, options, folder)
      if (keeps) samples.set(kind.name, [...(samples.get(kind.name) ?? []), sample])
    } catch (error) {
      if (kind.isBridge) throw error
      missing.set(key, (error as Error).message)
      samples.delete(kind.name)
    }
  }
  await findMissing(scene, kinds, missing)
  for (let round = 0; round <= options.rounds; round++) {
    for (const one of series) {
      tell(`${round === 0 ? "warm-up" : `round ${round} of ${options.rounds}`}: ${one.workload.name}`)
      const order = [...kinds.slice(round % kinds.length), ...kinds.slice(0, round % kinds.length)]
      if (options.comparison.kind !== "peers") await Promise.all(order.map((kind) => measure(kind, one, round > 0)))
      else for (const kind of order) await measure(kind, one, round > 0)
    }
  }
  const reasons = [...missing].map(([key, reason]) => `${key}: ${reason.split("\n")[0]}`)
  return { series: series.map((one) => ({ ...one, samples: inOrder(kinds, one.samples) })), missing: reasons }
}

async function findMissing(scene: Scene, kinds: readonly SubjectKind[], missing: Map<string, string>): Promise<void> {
  for (const kind of kinds) {
    await scene.get(kind, "plain").catch((error: Error) => {
      if (kind.isBridge) throw error
      missing.set(kind.name, error.message)
    })
  }
}

function inOrder(kinds: readonly SubjectKind[], samples: ReadonlyMap<string, Sample[]>): Map<string, Sample[]> {
  return new Map(kinds.flatMap(({ name }) => (samples.has(name) ? [[name, samples.get(name) ?? []] as const] : [])))
}

function takes(kind: SubjectKind, workload: Workload): boolean {
  const isNative = kind.protocols[0] === "grpc"
  const speaks = isNative
    ? workload.protocol === "grpc-web" && !workload.isByH2load
    : kind.protocols.includes(workload.protocol)
  return (
    speaks &&
    kind.fronts.includes(workload.front) &&
    kind.carriers.includes(workload.carrier) &&
    !(kind.name === "direct" && (workload.unit === "start" || workload.unit === "stream"))
  )
}

async function measureOne(
  scene: Scene,
  kind: SubjectKind,
  workload: Workload,
  options: Options,
  folder: string,
): Promise<Sample> {
  if (workload.unit === "start") return measureStart(scene, kind)
  if (workload.unit === "stream") {
    const subject = await scene.startFresh(kind, workload.front)
    try {
      const warmUp = { ...workload, ...warmUpCalls }
      const load = loadFor(subject, kind, workload, options)
      return await measureMemory(subject, load, loadFor(subject, kind, warmUp, { ...options, calls: 500 }))
    } finally {
      await subject.stop()
    }
  }
  const subject = await scene.get(kind, workload.front)
  const sample = await measureCpu(subject, workload, loadFor(subject, kind, workload, options), folder)
  await subject.checkObserved?.(callCount(workload, options))
  return sample
}

const warmUpCalls = { pace: "closed", mark: 0, unit: "call", callShare: 1 } as const
