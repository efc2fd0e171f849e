import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "node:tls"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { createBridge } from "../src/bridge.ts"
import type { BridgeProcess } from "./support/bridge-process.ts"
import { startBridgeProcess } from "./support/bridge-process.ts"
import type { Certificate } from "./support/certificate.ts"
import { selfSigned } from "./support/certificate.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"
import { waitFor } from "./support/wait-for.ts"

const upstream = ["--upstream", "http://127.0.0.1:1"] // where nothing listens
const quiet = ["--access-log", "off"]

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "causeway-signals-"))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

async function isShown(bridge: Pick<BridgeProcess, "address">, { cert }: Certificate): Promise<boolean> {
  const { port } = new URL(bridge.address)
  const socket = connect({ host: "127.0.0.1", port: Number(port), ca: cert })
  const isAccepted = await once(socket, "secureConnect").then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isAccepted
}

describe("SIGHUP", () => {
  it("reads a renewed certificate, refuses a broken one with the reason, and cuts nothing", async () => {
    const [old, renewed] = await Promise.all([selfSigned(), selfSigned()])
    const [cert, key] = ["cert.pem", "key.pem"].map((name) => join(directory(), name))
    writeFileSync(cert, old.cert)
    writeFileSync(key, old.key)
    const bridge = await startBridgeProcess([...upstream, ...quiet, "--tls-cert", cert, "--tls-key", key])
    const open = connect({ host: "127.0.0.1", port: Number(new URL(bridge.address).port), ca: old.cert })
    await once(open, "secureConnect")

    writeFileSync(cert, renewed.cert)
    bridge.child.kill("SIGHUP")
    expect(await bridge.event("cannot renew the certificate")).toMatchObject({
      level: "error",
      why: `the key in ${key} does not belong to the first certificate in ${cert}; the server's own certificate comes first there, its chain after it`,
    })
    expect(await isShown(bridge, old)).toBe(true)

    writeFileSync(key, renewed.key)
    bridge.child.kill("SIGHUP")
    expect(await bridge.event("renewed the certificate")).toMatchObject({ files: [cert, key] })
    expect(await isShown(bridge, renewed)).toBe(true)
    expect(await isShown(bridge, old)).toBe(false)
    const metrics = await (await fetch(`${bridge.adminAddress}/metrics`)).text()
    expect(metrics).toContain("causeway_certificate_renewals_refused_total 1\n")
    expect(metrics).toMatch(/^causeway_tls_certificate_expires_timestamp_seconds \d{10}$/m)
    expect(open.destroyed).toBe(false)
    open.destroy()
  })

  it("reads the configuration file again, and the files that it names", async () => {
    const fields: (string | null)[] = []
    const backend = await startGrpcBackend({
      "/test.Service/Method": (call) => {
        fields.push(call.field("x-secret"))
        call.end()
      },
    })
    onTestFinished(() => backend.close())
    const [file, secret] = ["bridge.yaml", "secret"].map((name) => join(directory(), name))
    const metadata = `{ x-secret: "\${file:${secret}}" }`
    const lines = ["upstreams:", "  users:", `    endpoints: [${backend.url}]`, `    metadata: ${metadata}`]
    writeFileSync(secret, "old")
    writeFileSync(file, lines.join("\n"))
    const bridge = await startBridgeProcess(["--config", file, ...quiet])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    writeFileSync(secret, "new") // nothing watches it
    bridge.child.kill("SIGHUP")
    expect(await bridge.event("the configuration was reloaded")).toMatchObject({ level: "info", file })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(fields).toEqual(["old", "new"])

    writeFileSync(file, [...lines, "timeouts: { grace: 7s, drain-delay: 0s }"].join("\n"))
    bridge.child.kill("SIGHUP")
    await waitFor(() => bridge.events().filter(({ msg }) => String(msg).startsWith("reloaded the cert")).length === 2)
    bridge.child.kill("SIGTERM")
    expect(await bridge.event("closing")).toMatchObject({ graceMs: 7_000, drainDelayMs: 0 })
    expect(await bridge.ended).toBe(0)
  })

  it("keeps the configuration if the file is bad, names the problem, and serves on", async () => {
    const file = join(directory(), "bridge.yaml")
    writeFileSync(file, "upstreams:\n  users:\n    endpoints: [http://127.0.0.1:1]\n")
    const bridge = await startBridgeProcess(["--config", file, ...quiet])
    writeFileSync(file, "upstreams:\n  users:\n    endpoint: [http://127.0.0.1:1]\n")
    bridge.child.kill("SIGHUP")
    const { problems } = await bridge.event("the configuration file cannot be used")
    expect(String(problems)).toContain(`${file}:3:5`)
    expect(await callPage(bridge.address)).toMatchObject({ code: 14 })
  })

  it("reopens the access log, so that a rotated file loses no line and gets none that comes later", async () => {
    const file = join(directory(), "access.log")
    const bridge = await startBridgeProcess([...upstream, "--access-log", file])
    const lines = (path: string): unknown[] =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as { id: unknown }).id)
    for (let i = 0; i < 3; i++) await callPage(bridge.address)
    await waitFor(() => lines(file).length === 3)
    renameSync(file, `${file}.1`)
    for (let i = 0; i < 3; i++) await callPage(bridge.address)
    bridge.child.kill("SIGHUP")
    await bridge.event("reloaded")
    for (let i = 0; i < 3; i++) await callPage(bridge.address)
    bridge.child.kill("SIGTERM")
    expect(await bridge.ended).toBe(0)
    const [before, after] = [lines(`${file}.1`), lines(file)]
    expect(after.slice(-3)).toEqual([7, 8, 9])
    expect([...before, ...after]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

describe("a certificate that is renewed", () => {
  it("is used without a signal, even behind the symlinks that Kubernetes swaps", async () => {
    const [old, renewed] = await Promise.all([selfSigned(), selfSigned()])
    const place = directory()
    const write = (version: string, { cert, key }: Certificate): void => {
      const folder = mkdtempSync(join(place, version))
      writeFileSync(join(folder, "tls.crt"), cert)
      writeFileSync(join(folder, "tls.key"), key)
      symlinkSync(folder, join(place, "..data_tmp"))
      renameSync(join(place, "..data_tmp"), join(place, "..data"))
    }
    write("1", old)
    const [cert, key] = ["tls.crt", "tls.key"].map((name) => join(place, name))
    symlinkSync("..data/tls.crt", cert)
    symlinkSync("..data/tls.key", key)
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    onTestFinished(() => void vi.useRealTimers())
    const lines: string[] = []
    const log = { debug() {}, info: (line: string) => void lines.push(line), warn() {}, error() {} }
    const input = { upstream: upstream[1], listen: "127.0.0.1:0", admin: null, accessLog: "off" } as const
    const bridge = await createBridge({ ...input, tlsCertFile: cert, tlsKeyFile: key }, { log })
    onTestFinished(() => bridge.close(0))
    expect(await isShown(bridge, old)).toBe(true)
    write("2", renewed)
    vi.advanceTimersByTime(5_000)
    await waitFor(() => lines.some((line) => line.startsWith("renewed the certificate")))
    expect(await isShown(bridge, renewed)).toBe(true)
  })
})

describe("a signal that does not ask for an end", () => {
  it("is ignored with a line of the log", async () => {
    const bridge = await startBridgeProcess([...upstream, ...quiet])
    const signals = ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGIO", "SIGVTALRM"] as const
    const lines = (): unknown[] =>
      bridge.events().flatMap((event) => (event["msg"] === "a signal was ignored" ? [event] : []))
    for (const [i, signal] of signals.entries()) {
      bridge.child.kill(signal)
      await waitFor(() => lines().length > i)
    }
    const expected = signals.map((signal) => ({ level: "warn", signal, why: expect.any(String) as unknown }))
    expect(lines()).toMatchObject(expected)
    expect(await callPage(bridge.address)).toMatchObject({ reason: "backend-unreachable" })
    expect(bridge.stderr()).not.toContain("Debugger")
    bridge.child.kill("SIGTERM")
    expect(await bridge.ended).toBe(0)
  })

  it("may be SIGPIPE, which is ignored silently", async () => {
    const bridge = await startBridgeProcess([...upstream, ...quiet])
    bridge.child.kill("SIGPIPE")
    expect(await callPage(bridge.address)).toMatchObject({ reason: "backend-unreachable" })
  })

  it("opens no debugger, unless the start asked for one", async () => {
    const bridge = await startBridgeProcess([...upstream, ...quiet], {
      ...process.env,
      NODE_OPTIONS: "--inspect=127.0.0.1:0",
    })
    expect(bridge.stderr()).toContain("Debugger listening on ws://127.0.0.1:")
    bridge.child.kill("SIGUSR1")
    await bridge.event("a signal was ignored")
    bridge.child.kill("SIGTERM")
    expect(await bridge.ended).toBe(0)
  })
})

describe("a signal that asks for the end", () => {
  it.each(["SIGQUIT", "SIGPWR", "SIGXCPU"] as const)("ends gracefully: %s", async (signal) => {
    const bridge = await startBridgeProcess([...upstream, ...quiet])
    bridge.child.kill(signal)
    expect(await bridge.ended).toBe(0)
    expect(bridge.events().at(-1)).toMatchObject({ msg: "closed" })
  })
})

describe("the drain delay", () => {
  it("accepts new calls after readiness has ended; a second signal ends it at once", async () => {
    const bridge = await startBridgeProcess([...upstream, ...quiet, "--drain-delay", "10m"])
    bridge.child.kill("SIGTERM")
    expect(await bridge.event("closing: /readyz answers 503")).toMatchObject({ drainDelayMs: 600_000, graceMs: 20_000 })
    const ready = await fetch(`${bridge.adminAddress}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, "not ready: draining: the bridge is shutting down\n"])
    expect(await callPage(bridge.address)).toMatchObject({ reason: "backend-unreachable" })
    bridge.child.kill("SIGTERM")
    expect(await bridge.ended).toBe(143)
  })

  it("is followed by the drain", async () => {
    const bridge = await startBridgeProcess([...upstream, ...quiet, "--drain-delay", "300ms"])
    const since = performance.now()
    bridge.child.kill("SIGTERM")
    expect(await bridge.ended).toBe(0)
    expect(performance.now() - since).toBeGreaterThan(290)
    expect(bridge.events().at(-1)).toMatchObject({ msg: "closed" })
  })

  it("does not apply to Ctrl-C", async () => {
    const bridge = await startBridgeProcess([...upstream, ...quiet, "--drain-delay", "10m"])
    bridge.child.kill("SIGINT")
    expect(await bridge.ended).toBe(0)
  })
})
