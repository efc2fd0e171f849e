import { readFileSync } from "node:fs"

/** How many files and sockets this process may have open; `Infinity` where the system does not say. */
export function maxOpenFiles(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? []
    if (soft !== undefined) return Number(soft)
  } catch {
    // Not Linux: the report knows as well.
  }
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === "number" ? soft : Infinity
}
