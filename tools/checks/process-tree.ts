import { globSync, readFileSync } from "node:fs"

/** A process that Linux shows in /proc. */
export interface Process {
  readonly pid: number
  readonly ppid: number
  /** The command line, its words parted by spaces. */
  readonly command: string
}

/** Gives the process and all below it, the process first. Linux alone. */
export function processTree(pid: number): Process[] {
  const all = globSync("/proc/[0-9]*").flatMap((folder) => readProcess(Number(folder.slice("/proc/".length))) ?? [])
  const below = (parent: Process): Process[] => [
    parent,
    ...all.filter(({ ppid }) => ppid === parent.pid).flatMap((child) => below(child)),
  ]
  return all.filter((one) => one.pid === pid).flatMap((one) => below(one))
}

/** Whether the process runs: one that has ended and waits for its parent to notice does not. */
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
