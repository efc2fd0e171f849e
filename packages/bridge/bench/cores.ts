import { execFileSync } from "node:child_process"
import { availableParallelism } from "node:os"

/** The subject alone has one core; backend, load and the bench itself have the other. */
export const cores = { subject: 0, rest: 1 } as const

/** The reason why processes cannot be kept on a core here, or null. */
export function pinProblem(): string | null {
  if (availableParallelism() < 2) return "there is one core"
  try {
    pin(process.pid, cores.rest) // what the bench starts from now on stays there, until it is pinned itself
    return null
  } catch (error) {
    return `taskset (Debian: util-linux) does not work here: ${(error as Error).message.split("\n")[0]}`
  }
}

/** Keeps all threads of a process on this core. */
export function pin(pid: number, core: number): void {
  execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: ["ignore", "ignore", "pipe"] })
}
