import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it, vi } from "vitest"

const patienceMs = 90_000
vi.setConfig({ testTimeout: 2 * patienceMs }) // each test starts a process, and the machine may be busy

const main = fileURLToPath(new URL("./main.ts", import.meta.url))
const upstream = ["--upstream", "http://127.0.0.1:1"] // nothing listens here
const freePorts = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]

interface Run {
  readonly child: ChildProcess
  stdout: string
  stderr: string
  readonly ended: Promise<number | string | null>
}

const runs: Run[] = []
afterEach(() => {
  for (const { child } of runs.splice(0)) child.kill("SIGKILL")
})

/** Runs the program, with a module loaded before it. */
function run(args: string[], preload = ""): Run {
  const nodeArgs = preload === "" ? [] : ["--import", dataUrl(preload)]
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  const ended = once(child, "close").then(([code, signal]: (number | string | null)[]) => code ?? signal)
  const one: Run = { child, stdout: "", stderr: "", ended }
  child.stdout?.on("data", (chunk: Buffer) => (one.stdout += chunk.toString()))
  child.stderr?.on("data", (chunk: Buffer) => (one.stderr += chunk.toString()))
  runs.push(one)
  return one
}

function until(condition: () => boolean): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: patienceMs, interval: 10 })
}

const dataUrl = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`

/** A preload that runs `statement` when the program begins to load the module with this name. */
const whenLoading = (name: string, statement: string): string => `
  import { registerHooks } from "node:module"
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.endsWith("/${name}")) { ${statement} }
      return next(specifier, context)
    },
  })
`

/** A preload that replaces the bridge with this source. */
const withBridge = (source: string): string =>
  whenLoading("bridge.ts", `return { url: ${JSON.stringify(dataUrl(source))}, shortCircuit: true }`)

const stubBridge = (onStart: string, onClose: string): string => `
  export async function createBridge(config, { log }) {
    const alive = setInterval(() => {}, 1000)
    ${onStart}
    return { address: "http://stub", adminAddress: null, config, async close() { ${onClose}; clearInterval(alive) } }
  }
`

describe("the program", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("prints its addresses and ends with 0 on %s", async (signal) => {
    const bridge = run([...upstream, ...freePorts])
    await until(() => bridge.stdout.includes("admin"))
    const [, listen, admin] =
      /^bridge {3}(http:\/\/127\.0\.0\.1:\d+)\nadmin {4}(http:\/\/127\.0\.0\.1:\d+)\n$/.exec(bridge.stdout) ?? []
    expect((await fetch(`${admin}/healthz`)).status).toBe(200)
    expect((await fetch(`${listen}/`)).status).toBe(405)
    bridge.child.kill(signal)
    expect(await bridge.ended).toBe(0)
    await expect(fetch(`${listen}/`)).rejects.toThrow("fetch failed")
  })

  it("writes only its addresses to stdout; all logs go to stderr, as JSON", async () => {
    const bridge = run([...upstream, ...freePorts])
    await until(() => bridge.stdout.includes("admin"))
    bridge.child.kill("SIGTERM")
    await bridge.ended
    const lines = bridge.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "warn", msg: expect.stringContaining("--cors-origin") }),
    )
    expect(lines.at(-1)).toMatchObject({ level: "info", msg: "closed" })
  })

  it("goes on when the reader of its addresses has gone", async () => {
    const bridge = run([...upstream, ...freePorts])
    bridge.child.stdout?.destroy()
    await until(() => bridge.stderr.includes("no origin is configured"))
    bridge.child.kill("SIGTERM")
    expect(await bridge.ended).toBe(0)
  })
})

describe("a signal during start-up", () => {
  // Once only: several modules may import this one, and a second signal ends the process at once.
  const signalled = "if (!globalThis.wasSignalled) process.kill(process.pid, 'SIGTERM'); globalThis.wasSignalled = true"

  it.each(["config/load.ts", "observe/events.ts", "bridge.ts"])(
    "ends with 0 while %s is being loaded, and opens no port",
    async (name) => {
      const bridge = run([...upstream, ...freePorts], whenLoading(name, signalled))
      expect(await bridge.ended).toBe(0)
      expect([bridge.stdout, bridge.stderr]).toEqual(["", ""])
    },
  )

  it("ends with 0 when only the program's first file is loaded", async () => {
    const bridge = run([...upstream, ...freePorts], whenLoading("run.ts", signalled))
    expect(await bridge.ended).toBe(0)
  })

  it("ends with 0 while the ports are being opened, and closes the bridge first", async () => {
    const source = stubBridge(
      `${signalled}; await new Promise((done) => setImmediate(done))`,
      "console.log('was closed')",
    )
    const bridge = run(upstream, withBridge(source))
    expect(await bridge.ended).toBe(0)
    expect(bridge.stdout).toContain("was closed")
  })
})

describe("a second signal", () => {
  const stuck = withBridge(stubBridge("", "await new Promise(() => {})"))

  async function startAndSignal(signal: "SIGTERM" | "SIGINT"): Promise<Run> {
    const bridge = run(upstream, stuck)
    await until(() => bridge.stdout.includes("http://stub"))
    bridge.child.kill(signal)
    await until(() => bridge.stderr.includes("closing"))
    return bridge
  }

  it.each([
    ["SIGTERM", "SIGTERM", 143],
    ["SIGINT", "SIGTERM", 143],
    ["SIGTERM", "SIGINT", 130],
  ] as const)("ends at once: %s, then %s gives %d", async (one, other, code) => {
    const bridge = await startAndSignal(one)
    bridge.child.kill(other)
    expect(await bridge.ended).toBe(code)
  })

  it("counts only half a second after the first if both are Ctrl-C, since npm repeats the first", async () => {
    const bridge = await startAndSignal("SIGINT")
    const firstAt = performance.now()
    const again = setInterval(() => bridge.child.kill("SIGINT"), 50)
    expect(await bridge.ended).toBe(130)
    clearInterval(again)
    expect(performance.now() - firstAt).toBeGreaterThan(300)
  })
})

describe("a defect that no guard has caught", () => {
  it.each([
    ["uncaughtException", "setTimeout(() => { throw new TypeError('oops') })"],
    ["unhandledRejection", "Promise.reject(new TypeError('oops'))"],
  ])("is logged as fatal with its stack, and ends the bridge gracefully with 1: %s", async (origin, statement) => {
    const bridge = run(upstream, withBridge(stubBridge(statement, "console.log('was closed')")))
    expect(await bridge.ended).toBe(1)
    expect(bridge.stdout).toContain("was closed")
    const fatal = bridge.stderr.split("\n").find((line) => line.includes("fatal"))
    expect(JSON.parse(fatal ?? "{}")).toMatchObject({
      level: "error",
      origin,
      cause: { type: "TypeError", message: "oops", stack: expect.stringContaining("at ") },
    })
  })

  it("ends the process with 1 even if it appears while the bridge closes", async () => {
    const bridge = run(
      upstream,
      withBridge(stubBridge("process.kill(process.pid, 'SIGTERM')", "throw new TypeError('oops')")),
    )
    expect(await bridge.ended).toBe(1)
    expect(bridge.stderr).toContain('"origin":"close"')
  })
})

describe("a start that fails", () => {
  it("names every problem of the configuration, and ends with 2", async () => {
    const bridge = run(["--listen", "x", "--graze", "1s"])
    expect(await bridge.ended).toBe(2)
    expect(bridge.stderr).toMatch(
      /^causeway-bridge: cannot start; see causeway-bridge --help\n {2}--graze: is no flag; did you mean --grace\?\n {2}--listen: .*\n {2}--upstream: received nothing/,
    )
  })

  it.each([
    ["--listen", "--admin"],
    ["--admin", "--listen"],
  ])("names the port in use and the flag %s that changes it, and ends with 1", async (flag, otherFlag) => {
    const holder = createServer()
    await once(holder.listen(0, "127.0.0.1"), "listening")
    const { port } = holder.address() as AddressInfo
    const bridge = run([...upstream, flag, `127.0.0.1:${port}`, otherFlag, "127.0.0.1:0"])
    expect(await bridge.ended).toBe(1)
    expect(bridge.stderr).toContain(`causeway-bridge: port ${port} is in use (127.0.0.1:${port})`)
    expect(bridge.stderr).toContain(`choose another with ${flag} `)
    holder.close()
  })

  it("names an unreadable file with its flag, and ends with 1", async () => {
    const bridge = run([...upstream, ...freePorts, "--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem"])
    expect(await bridge.ended).toBe(1)
    expect(bridge.stderr).toContain("the file /no/")
  })
})

it("runs a command in place of the bridge, with an exit code for scripts", async () => {
  const check = run(["config", "check", "/nowhere/bridge.yaml"])
  expect(await check.ended).toBe(1)
  expect(check.stderr).toContain('--config: received "/nowhere/bridge.yaml", which does not exist')
  const explain = run(["route", "explain", ...upstream, "--method", "a.B/C"])
  expect(await explain.ended).toBe(0)
  expect(explain.stdout).toContain('/a.B/C takes the route "default"')
})

it("prints its help and its version on stdout", async () => {
  const [help, version] = [run(["--help"]), run(["--version"])]
  expect([await help.ended, await version.ended]).toEqual([0, 0])
  expect(help.stdout).toContain("Usage: causeway-bridge --upstream URL")
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
