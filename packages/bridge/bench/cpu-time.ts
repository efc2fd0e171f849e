import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

/** CPU time of a process with all its threads, in microseconds. */
export interface CpuTime {
  readonly user: number
  readonly system: number
}

/** proc(5): the fields of /proc/PID/stat count from 1; the second is the name in parentheses, and may hold blanks. */
const [fieldAfterName, utimeField, stimeField] = [3, 14, 15]

/** Microseconds of the unit that the kernel counts in, mostly 10 ms: a measurement must last many of them. */
let tickMicros = 0

/**
 * What the kernel has booked for these processes so far: they themselves are not asked, and do nothing for it.
 * @throws when there is no such process, or no /proc (it is Linux's)
 */
export function readCpuTime(...pids: readonly number[]): CpuTime {
  const all = pids.map(readOne)
  return {
    user: all.reduce((sum, { user }) => sum + user, 0),
    system: all.reduce((sum, { system }) => sum + system, 0),
  }
}

/** The memory that these processes have resident, in KB. */
export function readResidentKb(pids: readonly number[]): number {
  const of = (pid: number): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1])
  return pids.reduce((sum, pid) => sum + of(pid), 0)
}

function readOne(pid: number): CpuTime {
  tickMicros ||= 1e6 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }))
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const micros = (field: number): number => Number(fields[field - fieldAfterName]) * tickMicros
  return { user: micros(utimeField), system: micros(stimeField) }
}
