import { readFileSync } from "node:fs"

const checkEveryMs = 100

/**
 * Calls `then` once, when the process that started this one has ended. npm starts a shell that starts this process, and the
 * shell outlives an npm that is killed: so npm is watched too, where the system shows the parent of a parent (Linux;
 * elsewhere the shell usually replaces itself by its command).
 *
 * @param {() => void} then
 */
export function whenParentEnds(then) {
  const before = ancestors()
  const timer = setInterval(() => {
    if (ancestors() === before) return
    clearInterval(timer)
    then()
  }, checkEveryMs)
  timer.unref()
}

/** The pids of the parent and, where the parent is the shell of an npm script, of npm. */
function ancestors() {
  const shell = process.env.npm_lifecycle_event === undefined ? null : statOf(process.ppid)
  return shell === null || shell.name.startsWith("npm") ? `${process.ppid}` : `${process.ppid} ${shell.ppid}`
}

/** @param {number} pid */
function statOf(pid) {
  try {
    // "123 (the name) S 45 …": the state and the parent's pid follow the name, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const end = stat.lastIndexOf(")")
    return { name: stat.slice(stat.indexOf("(") + 1, end), ppid: stat.slice(end + 2).split(" ")[1] }
  } catch {
    return null // it has ended, or this system has no /proc
  }
}
