// These functions read a process's figures from the kernel, so they also work while the process is busy. Linux only (proc(5)).

import { readdirSync, readFileSync, writeFileSync } from "node:fs"

/** Fields of a line of /proc/net/tcp, see proc(5). The inode is 0 if no process holds the connection any more. */
const [remoteField, inodeField] = [2, 9]

/** Returns the resident memory in bytes. @throws when the process has ended */
export function readRss(pid: number): number {
  return readStatus(pid, "VmRSS")
}

/** Returns the highest resident memory since `resetPeakRss`, in bytes. @throws when the process has ended */
export function readPeakRss(pid: number): number {
  return readStatus(pid, "VmHWM")
}

/** Resets the highest resident memory. */
export function resetPeakRss(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5")
}

/**
 * Counts open file descriptors. This also counts sockets that both sides have closed and the process still holds, which
 * /proc/net/tcp no longer lists.
 */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Counts sockets that are or were connected to this port and that a process still holds. */
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
