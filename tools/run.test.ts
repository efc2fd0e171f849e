import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it, vi } from "vitest"
import { root } from "./checks/exec.ts"
import { isRunning, type Process, processTree } from "./checks/process-tree.ts"

vi.setConfig({ testTimeout: 60_000 }) // each starts the whole demo, on a machine that may be busy

/** The demo as `npm start` runs it. */
interface RunningDemo {
  readonly npm: ChildProcess
  readonly processes: readonly Process[]
  readonly ports: readonly number[]
}

let demo: RunningDemo | null = null
const dataDirs: string[] = []

afterEach(() => {
  for (const { pid } of demo?.processes ?? []) if (isRunning(pid)) process.kill(pid, "SIGKILL")
  for (const dir of dataDirs.splice(0)) rmSync(dir, { recursive: true, force: true })
  demo = null
})

/** Resolves when the demo has printed its four addresses. */
async function startDemo(): Promise<RunningDemo> {
  const dataDir = mkdtempSync(join(tmpdir(), "causeway-run-"))
  dataDirs.push(dataDir)
  const anyPort = ["port", "bridge-port", "backend-port", "admin-port"].flatMap((flag) => [`--${flag}`, "0"])
  const npm = spawn("npm", ["start", "--", ...anyPort, "--data-dir", dataDir], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  })
  const said = { stdout: "", stderr: "" }
  npm.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()))
  npm.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()))
  const ports = (): number[] =>
    [...said.stdout.matchAll(/^\w+ +http:\/\/127\.0\.0\.1:(\d+)$/gm)].map(([, port]) => Number(port))
  await vi.waitUntil(() => ports().length === 4, { timeout: 45_000 }).catch(() => expect.fail(said.stderr))
  demo = { npm, processes: processTree(npm.pid ?? 0), ports: ports() }
  return demo
}

/** The process of a level of the chain: npm starts the launcher, which starts the demo, which starts the bridge. */
const levels = {
  npm: ({ npm, processes }: RunningDemo) => processes.find(({ pid }) => pid === npm.pid),
  launcher: ({ processes }: RunningDemo) => processes.find(({ command }) => /node \S*tools\/run\.mjs/.test(command)),
  demo: ({ processes }: RunningDemo) =>
    processes.find(({ command }) => /node \S*--import \S+ apps\/demo\/start\.ts/.test(command)),
} as const

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    return await new Promise((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    )
  } finally {
    socket.destroy()
  }
}

describe.runIf(process.platform === "linux")("npm start leaves no process and no port", () => {
  it.each([
    ["SIGTERM", "npm"],
    ["SIGTERM", "launcher"],
    ["SIGTERM", "demo"],
    ["SIGKILL", "npm"],
    ["SIGKILL", "launcher"],
    ["SIGKILL", "demo"],
    ["SIGHUP", "launcher"],
  ] as const)("when %s ends the %s alone", async (signal, level) => {
    const started = await startDemo()
    expect(started.processes.filter(({ command }) => command.includes("packages/bridge/src/main.ts"))).toHaveLength(1)
    const target = levels[level](started)
    if (target === undefined) return expect.fail(started.processes.map(({ command }) => command).join("\n"))
    process.kill(target.pid, signal)
    await expect.poll(() => started.processes.filter(({ pid }) => isRunning(pid)), { timeout: 10_000 }).toEqual([])
    for (const port of started.ports) expect(await isListening(port), String(port)).toBe(false)
  })
})
