import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { readCpuTime } from "./cpu-time.ts"
import type { Latency } from "./h2load.ts"
import { runH2load } from "./h2load.ts"
import type { Workload } from "./workloads.ts"

/** A process under test. */
export interface Subject {
  /** `bridge` is compared with the cost of the other. */
  readonly name: "relay" | "earlier" | "one-upstream" | "bridge"
  readonly pid: number
  readonly addresses: Readonly<Record<Workload["carrier"], string>>
}

/** The result of one run: CPU in microseconds per call or message. */
export interface Sample extends Latency {
  readonly cpu: number
  readonly user: number
  readonly system: number
}

/** Deferred work of the calls (log lines, freed buffers) counts too, if it happens within this time. */
const aftermathMs = 300

/** Sends calls, and reads the subject's CPU time before and after them. */
export async function measure(subject: Subject, workload: Workload, calls: number, folder: string): Promise<Sample> {
  const before = readCpuTime(subject.pid)
  const latency = await runH2load(workload, subject.addresses[workload.carrier], calls, join(folder, subject.name))
  await wait(aftermathMs)
  const after = readCpuTime(subject.pid)
  const units = calls * (workload.unit === "message" ? workload.messagesPerCall : 1)
  const user = (after.user - before.user) / units
  const system = (after.system - before.system) / units
  return { cpu: user + system, user, system, ...latency }
}
