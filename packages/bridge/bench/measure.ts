import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { readCpuTime, readResidentKb } from "./cpu-time.ts"
import { runH2load } from "./h2load.ts"
import type { Latency, LoadSpec, Pace } from "./load/load-spec.ts"
import { runGenerator } from "./load/run-generator.ts"
import type { Subject, SubjectKind } from "./subjects/subject.ts"
import type { Workload } from "./workloads.ts"
import { messagesPerCall } from "./workloads.ts"

/** The result of one measurement, in the workload's unit. `user` and `system` are the parts of CPU time, else 0. */
export interface Sample extends Latency {
  readonly value: number
  readonly user: number
  readonly system: number
}

/** How much is measured. */
export interface Amounts {
  readonly calls: number
  readonly idleStreams: number
  readonly callsPerSecond: number
}

/** Deferred work of the calls (log lines, freed buffers) counts too, if it happens within this time. */
const aftermathMs = 300
/** Until memory is read. */
const settleMs = 1_500

/** The calls of one measurement. */
export function callCount({ pace, unit, callShare }: Workload, amounts: Amounts): number {
  if (unit === "start") return 1
  return pace === "hold" ? amounts.idleStreams : Math.ceil(amounts.calls / callShare)
}

/** The load of a workload for this subject. Native gRPC where the subject knows nothing else. */
export function loadFor(subject: Subject, kind: SubjectKind, workload: Workload, amounts: Amounts): LoadSpec {
  const { carrier } = workload
  const protocol = kind.protocols[0] === "grpc" ? "grpc" : workload.protocol
  const calls = callCount(workload, amounts)
  const paces: Record<Pace["kind"], Pace> = {
    closed: { kind: "closed", calls },
    open: { kind: "open", calls, callsPerSecond: amounts.callsPerSecond },
    abort: { kind: "abort", calls },
    hold: { kind: "hold" },
  }
  const callsPerConnection = carrier === "http1" ? 1 : 100
  const held = { callsPerConnection, connections: Math.ceil(calls / callsPerConnection) }
  return {
    ...workload,
    ...(workload.pace === "hold" && held),
    ...{ address: subject.addresses[carrier] ?? "", protocol, pace: paces[workload.pace] },
  }
}

/** Sends calls, and reads the subject's CPU time before and after them. */
export async function measureCpu(
  subject: Subject,
  workload: Workload,
  load: LoadSpec,
  folder: string,
): Promise<Sample> {
  const calls = "calls" in load.pace ? load.pace.calls : 0
  const before = readCpuTime(...subject.pids)
  const latency = workload.isByH2load
    ? await runH2load(workload, load.address, calls, join(folder, subject.name))
    : await finish(load)
  await wait(aftermathMs)
  const after = readCpuTime(...subject.pids)
  const units = calls * (workload.unit === "message" ? messagesPerCall(workload) : 1)
  const user = (after.user - before.user) / units
  const system = (after.system - before.system) / units
  return { value: user + system, user, system, p50: latency.p50, p99: latency.p99, p999: latency.p999 }
}

async function finish(load: LoadSpec): Promise<Latency> {
  const { result, end } = await runGenerator(load)
  await end()
  return result
}

/** Opens streams and compares the subject's memory before and after. A few calls have warmed it up. */
export async function measureMemory(subject: Subject, load: LoadSpec, warmUp: LoadSpec): Promise<Sample> {
  await finish(warmUp)
  await wait(settleMs)
  const before = readResidentKb(subject.pids)
  const { result, end } = await runGenerator(load)
  await wait(settleMs)
  const after = readResidentKb(subject.pids)
  await end()
  const value = (after - before) / (load.connections * load.callsPerConnection)
  return { ...{ value, user: 0, system: 0 }, p50: result.p50, p99: result.p99, p999: result.p999 }
}
