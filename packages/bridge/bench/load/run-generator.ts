import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { LoadResult, LoadSpec } from "./load-spec.ts"

const generator = join(import.meta.dirname, "generate.ts")
const loadTimeoutMs = 300_000

/** Load whose calls have all been answered. Those of the pace `hold` are still open. */
export interface FinishedLoad {
  readonly result: LoadResult
  /** Ends the generator, and the calls that are open. */
  end(): Promise<void>
}

/**
 * Makes calls from a process of the generator.
 * @throws unless every call was answered in full
 */
export async function runGenerator(spec: LoadSpec): Promise<FinishedLoad> {
  const child = spawn(process.execPath, [generator, JSON.stringify(spec)], { stdio: ["pipe", "pipe", "pipe"] })
  const timer = setTimeout(() => child.kill("SIGKILL"), loadTimeoutMs)
  const exited = once(child, "exit").then(() => clearTimeout(timer))
  let [printed, said] = ["", ""]
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said += chunk))
  child.stdout.setEncoding("utf8")
  const answered = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: string) => {
      printed += chunk
      if (printed.endsWith("\n")) resolve()
    })
  })
  await Promise.race([answered, exited])
  if (!printed.endsWith("\n")) {
    throw new Error(
      `Not every call to ${spec.address} was answered in full: ${said.slice(0, 1_000) || "the time was up"}`,
    )
  }
  return {
    result: JSON.parse(printed) as LoadResult,
    async end() {
      child.stdin.end()
      await exited
    },
  }
}
