import { globSync, readFileSync } from "node:fs"

/** A process in Linux's /proc. */
export interface Process {
  readonly pid: number
  readonly ppid: number
  /** The command line, with spaces between the arguments. */
  readonly command: string
}

/** Returns the process, followed by all its descendants. Works only on Linux. */
export function processTree(pid: number): Process[] {
  const all = globSync("/proc/[0-9]*").flatMap((folder) => readProcess(Number(folder.slice("/proc/".length))) ?? [])
  const below = (parent: Process): Process[] => [
    parent,
    ...all.filter(({ ppid }) => ppid === parent.pid).flatMap((child) => below(child)),
  ]
  return all.filter((one) => one.pid === pid).flatMap((one) => below(one))
}

/** Whether the process runs. A zombie does not count as running. */
export function isRunning(pid: number): boolean {
  return readProcess(pid) !== null
}

function readProcess(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const [state, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    if (state === "Z" || state === "X") return null
    return { pid, ppid: Number(ppid), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }
  } catch {
    return null
  }
}
