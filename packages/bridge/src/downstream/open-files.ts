import { closeSync, openSync, readFileSync } from "node:fs"

/** The limit of open files and sockets of this process. `Infinity` if the system does not tell it. */
export function maxOpenFiles(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? []
    if (soft !== undefined) return Number(soft)
  } catch {
    // Not Linux: read it from Node's report.
  }
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === "number" ? soft : Infinity
}

/** The code of the system's error if no descriptor is left (EMFILE, ENFILE), or null. */
export function missingDescriptor(): string | null {
  try {
    closeSync(openSync("/dev/null", "r"))
    return null
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    return code === "EMFILE" || code === "ENFILE" ? code : null
  }
}
