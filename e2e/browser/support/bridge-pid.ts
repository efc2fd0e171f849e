import { readdir, readFile } from "node:fs/promises"

/** The process of the bridge that this test has started. Only one may run. */
export async function bridgePid(): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
  const own = await Promise.all(pids.map(async (pid) => ((await isOwnBridge(pid)) ? [Number(pid)] : [])))
  const [found, ...others] = own.flat()
  if (found === undefined || others.length > 0) throw new Error(`${own.flat().length} bridges run, not one`)
  return found
}

async function isOwnBridge(pid: string): Promise<boolean> {
  // A process may go while it is looked at.
  const [status, command] = await Promise.all(
    ["status", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
  )
  const isChild = new RegExp(`^PPid:\\s*${process.pid}$`, "m").test(status ?? "")
  return isChild && (command ?? "").includes("packages/bridge/src/main.ts")
}
