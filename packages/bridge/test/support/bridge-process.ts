import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { waitFor } from "./wait-for.ts"

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))

/** The bridge in a separate process. */
export interface BridgeProcess {
  readonly child: ChildProcess
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly address: string
  readonly adminAddress: string
  /** Its log so far, a line per event. */
  events(): readonly Readonly<Record<string, unknown>>[]
  /** All that it wrote to stderr. */
  stderr(): string
  /** Waits for the event whose message has this beginning. Returns its fields. */
  event(message: string): Promise<Readonly<Record<string, unknown>>>
  /** Its exit code, or the signal that killed it. */
  readonly ended: Promise<number | string | null>
}

/** Starts the program on free ports of the loopback interface; the test's end kills it. */
export async function startBridgeProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<BridgeProcess> {
  const ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
  const child = spawn(process.execPath, [main, ...ports, ...args], { stdio: ["ignore", "pipe", "pipe"], env })
  onTestFinished(() => void child.kill("SIGKILL"))
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = once(child, "close").then(([code, signal]: (number | string | null)[]) => code ?? signal)
  await waitFor(() => stdout.includes("admin ") || child.exitCode !== null, { timeoutMs: 20_000 })
  const [, address, adminAddress] = /^bridge +(\S+)\nadmin +(\S+)\n/.exec(stdout) ?? []
  if (address === undefined) throw new Error(`the bridge did not start: ${stderr}`)
  const events = (): Record<string, unknown>[] =>
    stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    child,
    address,
    adminAddress,
    events,
    stderr: () => stderr,
    async event(message) {
      const find = (): Record<string, unknown> | undefined =>
        events().find(({ msg }) => String(msg).startsWith(message))
      await waitFor(() => find() !== undefined, { timeoutMs: 20_000 })
      return find() ?? {}
    },
    ended,
  }
}
