import { closeSync, openSync, readFileSync } from "node:fs"

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

/** The code of the error by which the system says that no descriptor is left (EMFILE, ENFILE), or null. */
export function missingDescriptor(): string | null {
  try {
    closeSync(openSync("/dev/null", "r"))
    return null
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    return code === "EMFILE" || code === "ENFILE" ? code : null
  }
}
