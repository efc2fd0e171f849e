import { setTimeout as after } from "node:timers/promises"
import { readCpuTime } from "../../packages/bridge/bench/cpu-time.ts"
import type { AttackReport } from "./attack-report.ts"
import type { Attack } from "./attack.ts"
import type { BackendProcess } from "./backend-process.ts"
import type { Message } from "./channel.ts"
import type { PhaseReport } from "./neighbour-report.ts"
import { readMetrics } from "./read-metrics.ts"
import { readPeakRss, readRss, resetPeakRss } from "./proc.ts"
import { Scene } from "./scene.ts"
import type { RunningTarget, TargetKind } from "./targets/target.ts"

/** The measurements of one attack on one target. */
export interface Measured {
  readonly report: AttackReport
  readonly quiet: PhaseReport | null
  /** The neighbour's calls during the attack and for a second after it. */
  readonly during: PhaseReport | null
  /** Wall-clock times at which the backend was killed. */
  readonly kills: readonly number[]
  readonly idleRss: number
  readonly peakRss: number
  /** Bytes that the attacker, or the attacking backend, sent. */
  readonly spentBytes: number
  readonly cpu: CpuSpent
  /** Measured after the attack. Null: the target has ended. */
  readonly left: Leftovers | null
  /** The reason why the attack was stopped early. Null: the attack was not stopped. */
  readonly stopped: string | null
}

/** CPU time during the attack, in microseconds. */
export interface CpuSpent {
  /** The target's CPU time, minus the cost of the neighbour's calls in the quiet phase. */
  readonly target: number
  /** The CPU time of the attacker, or of the attacking backend. */
  readonly attacker: number
}

/** The target's resources after all clients have disconnected. */
export interface Leftovers {
  /** The growth of open descriptors since before the first client. These are sockets of clients. */
  readonly sockets: number
  /** Null: the target does not report this number. */
  readonly callsInFlight: number | null
  /** The growth of used memory since before the attack, after a garbage collection. Null: the target does not report it. */
  readonly heapGrowth: number | null
}

export interface MeasureOptions {
  readonly isQuick: boolean
  /** The attack is stopped when the target's resident memory reaches this limit, in bytes. */
  readonly maxRss: number
}

const sampleEveryMs = 50
const attackTimeoutMs = 60_000
const targetGone = "the target's process ended"
/** The time that the target may take to notice that all clients have disconnected. */
const restMs = 8_000

/** Makes one attack on a fresh target, beside a healthy neighbour. */
export async function measureAttack(kind: TargetKind, attack: Attack, options: MeasureOptions): Promise<Measured> {
  await using scene = await Scene.open(kind, attack)
  const { target, backend } = scene
  await after(options.isQuick ? 700 : 1_500)
  const before = await measureQuiet(scene, options.isQuick)
  const read = (): Reading => readAll(scene, attack)
  const [start, bytesBefore] = [read(), await bytesOfBackend(scene, attack)]
  resetPeakRss(target.pid)
  scene.neighbour?.channel.send({ kind: "phase", name: "attack" })
  const { report, stopped, last, peakRss } = await runAttack(scene, options, read)
  const spentBytes =
    attack.by === "backend" ? Math.max(0, (await bytesOfBackend(scene, attack)) - bytesBefore) : report.bytesSent
  await scene.attacker.kill()
  const hasEnded = scene.targetState === "ended" || stopped === targetGone
  if (!hasEnded) await after(options.isQuick ? 500 : 1_000)
  const phases = await scene.phases()
  const elapsedMs = last.atMs - start.atMs
  return {
    report,
    stopped,
    quiet: phases.find(({ name }) => name === "quiet") ?? null,
    during: phases.find(({ name }) => name === "attack") ?? null,
    kills: backend.kills,
    idleRss: before.rss,
    peakRss,
    spentBytes,
    cpu: {
      target: Math.max(0, last.targetCpu - start.targetCpu - before.cpuPerMs * elapsedMs),
      attacker: Math.max(0, last.attackerCpu - start.attackerCpu),
    },
    left: hasEnded ? null : await leftovers(scene, before.heap),
  }
}

interface Reading {
  readonly atMs: number
  readonly targetCpu: number
  readonly attackerCpu: number
}

interface Quiet {
  readonly rss: number
  readonly heap: number | null
  /** CPU microseconds that the target uses in a millisecond. */
  readonly cpuPerMs: number
}

async function measureQuiet({ target, neighbour }: Scene, isQuick: boolean): Promise<Quiet> {
  const [cpu, startMs] = [cpuOf(target.pid), performance.now()]
  neighbour?.channel.send({ kind: "phase", name: "quiet" })
  await after(isQuick ? 1_000 : 2_500)
  const cpuPerMs = (cpuOf(target.pid) - cpu) / (performance.now() - startMs)
  const heap = await target.usedHeap()
  return { rss: readRss(target.pid), heap, cpuPerMs }
}

interface Run {
  readonly report: AttackReport
  readonly stopped: string | null
  /** The last reading while target and attacker both ran. */
  readonly last: Reading
  readonly peakRss: number
}

async function runAttack(scene: Scene, { isQuick, maxRss }: MeasureOptions, read: () => Reading): Promise<Run> {
  const { attacker, target } = scene
  const done = attacker.channel.next<Message & { report: AttackReport }>("done")
  let [report, stopped, last, peakRss]: [AttackReport | null, string | null, Reading, number] = [null, null, read(), 0]
  void done.then((message) => (report = message.report))
  void attacker.ended.then(() => (stopped ??= "the attacker's process ended"))
  attacker.channel.send({ kind: "go", address: target.address, admin: target.admin, isQuick })
  const until = performance.now() + attackTimeoutMs
  while (report === null && stopped === null) {
    await after(sampleEveryMs)
    if (scene.targetState === "ended") continue
    try {
      last = read()
      peakRss = readPeakRss(target.pid)
    } catch {
      if (scene.targetState === "running") stopped = targetGone
    }
    if (peakRss > maxRss) stopped = `stopped at ${Math.round(maxRss / 2 ** 30)} GB of memory`
    if (performance.now() > until) stopped = `stopped after ${attackTimeoutMs / 1_000} s`
  }
  return { report: report ?? (await reportSoFar(scene)), stopped, last, peakRss }
}

/** Asks the attacker for its report so far. An attacker that hangs gives an empty report. */
async function reportSoFar({ attacker }: Scene): Promise<AttackReport> {
  const nothing: AttackReport = { bytesSent: 0, connections: 0, openCalls: 0, notes: {}, problems: [] }
  const told = attacker.channel.ask<Message & { report: AttackReport }>({ kind: "report" }, "report")
  return Promise.race([told.then(({ report }) => report), after(5_000, nothing)])
}

function readAll({ target, backend, attacker }: Scene, attack: Attack): Reading {
  const attackerCpu = attack.by === "backend" ? cpuOfBackend(backend) : cpuOf(attacker.pid)
  return { atMs: performance.now(), targetCpu: cpuOf(target.pid), attackerCpu }
}

async function bytesOfBackend({ backend }: Scene, attack: Attack): Promise<number> {
  return attack.by === "backend" ? (await backend.counted()).bytesSent : 0
}

async function leftovers(scene: Scene, heapBefore: number | null): Promise<Leftovers> {
  const { target } = scene
  const until = performance.now() + restMs
  const isAtRest = async (): Promise<boolean> =>
    scene.descriptorsOfClients() === 0 && ((await callsInFlight(target)) ?? 0) === 0
  while (!(await isAtRest()) && performance.now() < until) await after(200)
  const heap = await target.usedHeap()
  return {
    sockets: scene.descriptorsOfClients(),
    callsInFlight: await callsInFlight(target),
    heapGrowth: heap === null || heapBefore === null ? null : heap - heapBefore,
  }
}

async function callsInFlight({ admin }: RunningTarget): Promise<number | null> {
  if (admin === null) return null
  const text = await readMetrics(admin).catch(() => "")
  const value = /^causeway_calls_in_flight (\d+)/m.exec(text)?.[1]
  return value === undefined ? NaN : Number(value)
}

/** A killed backend may not be running now, so its CPU time is not read. */
function cpuOfBackend(backend: BackendProcess): number {
  return backend.kills.length > 0 ? 0 : cpuOf(backend.pid)
}

function cpuOf(pid: number): number {
  const { user, system } = readCpuTime(pid)
  return user + system
}
