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
 * What the kernel has booked for a process so far: the process itself is not asked, and does nothing for it.
 * @throws when there is no such process, or no /proc (it is Linux's)
 */
export function readCpuTime(pid: number): CpuTime {
  tickMicros ||= 1e6 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }))
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const micros = (field: number): number => Number(fields[field - fieldAfterName]) * tickMicros
  return { user: micros(utimeField), system: micros(stimeField) }
}
