import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { readCpuTime } from "./cpu-time.ts"
import type { Latency } from "./h2load.ts"
import { runH2load } from "./h2load.ts"
import type { Workload } from "./workloads.ts"

/** A process that calls are sent to. */
export interface Subject {
  /** `bridge` is the one that is judged, by what the other costs. */
  readonly name: "relay" | "earlier" | "bridge"
  readonly pid: number
  readonly addresses: Readonly<Record<Workload["carrier"], string>>
}

/** What one run showed: CPU in microseconds per call or message. */
export interface Sample extends Latency {
  readonly cpu: number
  readonly user: number
  readonly system: number
}

/** What calls leave for later (log lines, buffers to free) is theirs too: so long it may come. */
const aftermathMs = 300

/** Sends calls and reads before and after what they cost the subject. */
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
