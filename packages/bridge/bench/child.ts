import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { closeSync, openSync } from "node:fs"

/** A Node process of the benchmark, ready for calls. */
export interface Child {
  readonly pid: number
  /** The addresses it printed, by the name before them. */
  readonly addresses: ReadonlyMap<string, string>
  /** Ends the process. Resolves when it has ended. */
  stop(): Promise<void>
}

const startMs = 60_000 // on a busy machine a program takes many times as long
const children = new Set<ChildProcess>()

/**
 * Starts a script and waits until it has printed a line `name  address` for each of these names. What it writes to stderr goes
 * to the file of this path, or to the terminal.
 * @throws when it ends before, or is not ready within a minute
 */
export async function startChild(
  script: string,
  args: readonly string[],
  names: readonly string[],
  stderrPath: string | null = null,
): Promise<Child> {
  const stderr = stderrPath === null ? "inherit" : openSync(stderrPath, "a")
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", stderr] })
  children.add(child)
  if (typeof stderr === "number") closeSync(stderr)
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  void ended.then(() => children.delete(child))
  const addresses = await readAddresses(child, script, names)
  return {
    pid: child.pid ?? 0,
    addresses,
    stop() {
      child.kill("SIGTERM")
      return ended
    },
  }
}

/** The address that the process printed behind this name. */
export function addressOf(child: Child, name: string): string {
  return child.addresses.get(name) ?? ""
}

/** Ends the remaining child processes if this process ends early. */
export function killChildren(): void {
  for (const child of children) child.kill("SIGKILL")
}

function readAddresses(child: ChildProcess, script: string, names: readonly string[]): Promise<Map<string, string>> {
  let printed = ""
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${script} was not ready within ${startMs} ms`)), startMs)
    child.once("exit", (code) => reject(new Error(`${script} ended with code ${code} before it was ready`)))
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk
      const addresses = new Map<string, string>()
      for (const [, name, address] of printed.matchAll(/^(\S+) +(https?:\S+)\n/gm)) addresses.set(name, address)
      if (!names.every((name) => addresses.has(name))) return
      clearTimeout(timer)
      resolve(addresses)
    })
  })
}
