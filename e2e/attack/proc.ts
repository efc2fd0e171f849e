// What the kernel knows of a process: it is not asked itself, so that a busy one can be measured too. Linux only (proc(5)).

import { readdirSync, readFileSync, writeFileSync } from "node:fs"

/** The fields of a line of /proc/net/tcp, proc(5). A connection that no process holds any more has the inode 0. */
const [remoteField, inodeField] = [2, 9]

/** Resident memory in bytes. @throws when the process has ended */
export function readRss(pid: number): number {
  return readStatus(pid, "VmRSS")
}

/** The most resident memory since `resetPeakRss`, in bytes. @throws when the process has ended */
export function readPeakRss(pid: number): number {
  return readStatus(pid, "VmHWM")
}

/** Begins the peak anew. */
export function resetPeakRss(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5")
}

/**
 * Open file descriptors. A socket that its process holds after both sides have closed it is no longer in /proc/net/tcp: it shows
 * here alone.
 */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Sockets that are or were connected to this port, and that a process still holds. */
export function countConnectionsTo(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, "0")
  const lines = readFileSync("/proc/net/tcp", "latin1").split("\n").slice(1)
  return lines.filter((line) => {
    const fields = line.trim().split(/\s+/)
    return fields[remoteField]?.endsWith(`:${hex}`) === true && fields[inodeField] !== "0"
  }).length
}

function readStatus(pid: number, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended`)
  return Number(kibibytes) * 1_024
}
