import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { Channel } from "./channel.ts"
import type { Message } from "./channel.ts"

const startTimeoutMs = 20_000
const running = new Set<ChildProcess>()

/** A Node process of the run that has reported that it is ready. */
export interface HelperProcess {
  readonly pid: number
  readonly channel: Channel
  /** The message with which the process reported that it is ready. */
  readonly ready: Message & Readonly<Record<string, unknown>>
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>
  /** Kills the process. Resolves when the process has ended. */
  kill(): Promise<void>
}

/**
 * Starts a script of this folder and waits for its message "ready".
 * @throws when the script ends before that message
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

/** Registers a process that must not outlive the current process. Resolves when the registered process has ended. */
export async function endOf(child: ChildProcess): Promise<void> {
  running.add(child)
  await once(child, "exit")
  running.delete(child)
}

/** Kills a process. Resolves when the process has ended. */
export async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

/** Kills all registered processes when the current process ends early. */
export function killHelpers(): void {
  for (const child of running) child.kill("SIGKILL")
}

function tooLate(script: string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  setTimeout(() => reject(new Error(`${script} was not ready within ${startTimeoutMs} ms`)), startTimeoutMs).unref()
  return promise
}
