import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { Channel } from "./channel.ts"
import type { Message } from "./channel.ts"

const startTimeoutMs = 20_000
const running = new Set<ChildProcess>()

/** A Node process of the run, which has said that it is ready. */
export interface HelperProcess {
  readonly pid: number
  readonly channel: Channel
  /** What it said when it was ready. */
  readonly ready: Message & Readonly<Record<string, unknown>>
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>
  /** Ends it at once, and resolves when it has ended. */
  kill(): Promise<void>
}

/**
 * Starts a script of this folder and waits for its message "ready".
 * @throws when it ends before
 */
export async function startHelper(script: string, args: readonly string[] = []): Promise<HelperProcess> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const ended = endOf(child)
  const channel = new Channel(child)
  const failed = ended.then(() => Promise.reject(new Error(`${script} ended before it was ready`)))
  failed.catch(() => {})
  const ready = await Promise.race([channel.next<HelperProcess["ready"]>("ready"), failed, tooLate(script)])
  return { pid: child.pid ?? 0, channel, ready, ended, kill: () => killAndWait(child) }
}

/** Registers a process that must not outlive this one; gives its end. */
export async function endOf(child: ChildProcess): Promise<void> {
  running.add(child)
  await once(child, "exit")
  running.delete(child)
}

/** Ends a process at once, and resolves when it has ended. */
export async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

/** Ends what still runs, when this process ends before its time. */
export function killHelpers(): void {
  for (const child of running) child.kill("SIGKILL")
}

function tooLate(script: string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  setTimeout(() => reject(new Error(`${script} was not ready within ${startTimeoutMs} ms`)), startTimeoutMs).unref()
  return promise
}
