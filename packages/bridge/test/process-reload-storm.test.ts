import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as after } from "node:timers/promises"
import { expect, it, onTestFinished } from "vitest"
import type { BridgeProcess } from "./support/bridge-process.ts"
import { startBridgeProcess } from "./support/bridge-process.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"

/** A bridge process whose file names the first of two backends. Its upstream has a secret. */
async function scene() {
  const start = (): Promise<GrpcBackend> => startGrpcBackend({ "/test.Service/Method": (call) => call.end() })
  const backends = [await start(), await start()]
  const folder = mkdtempSync(join(tmpdir(), "causeway-storm-"))
  onTestFinished(async () => {
    rmSync(folder, { recursive: true })
    await Promise.all(backends.map((backend) => backend.close()))
  })
  const [path, secret] = [join(folder, "bridge.yaml"), join(folder, "secret")]
  const textFor = ({ url }: GrpcBackend, more = ""): string =>
    `telemetry: { access-log: stderr }
upstreams:
  users: { endpoints: [${url}], metadata: { x-key: "\${file:${secret}}", x-other: hunter2-literal } }
routes:
  - { name: all, upstream: users, metadata: { add: { x-route: hunter2-route } } }
${more}`
  writeFileSync(secret, "hunter2-file")
  writeFileSync(path, textFor(backends[0]))
  const bridge = await startBridgeProcess(["--config", path])
  return { bridge, backends, path, secret, textFor }
}

const isReady = async ({ adminAddress }: BridgeProcess): Promise<boolean> =>
  (await fetch(`${adminAddress}/readyz`)).status === 200
const reload = async ({ adminAddress }: BridgeProcess): Promise<number> =>
  (await fetch(`${adminAddress}/reload`, { method: "POST" })).status

it("serves while its file is rewritten every few milliseconds, and uses the last one", async () => {
  const { bridge, backends, path, textFor } = await scene()
  let isOver = false
  const calls = (async () => {
    let failed = 0
    while (!isOver) if ((await callPage(bridge.address)).code !== 0) failed++
    return failed
  })()
  for (let i = 0; i < 200; i++) {
    if (i % 3 === 0) writeFileSync(path, textFor(backends[i % 2], `# ${i}\n`))
    else if (i % 3 === 1) {
      writeFileSync(`${path}.new`, textFor(backends[i % 2], `# ${i}\n`))
      renameSync(`${path}.new`, path)
    } else writeFileSync(path, "upstreams: [\n")
    if (i % 10 === 0) bridge.child.kill("SIGHUP")
    if (i % 20 === 0) void reload(bridge)
    await after(10) // the storm itself, not a wait for anything
  }
  writeFileSync(path, textFor(backends[1], "# the last\n"))
  const before = backends[1].calls.length
  const metrics = async (): Promise<string> => (await fetch(`${bridge.adminAddress}/metrics`)).text()
  while (!(await metrics()).includes("last_reload_successful 1")) await callPage(bridge.address)
  while (backends[1].calls.length === before) await callPage(bridge.address)
  isOver = true
  expect(await calls).toBe(0)
}, 60_000)

it("keeps its configuration and answers at once, whatever stands in the place of its file or of a secret", async () => {
  const { bridge, path, secret, textFor, backends } = await scene()
  const put: Readonly<Record<string, (at: string) => void>> = {
    folder: (at) => mkdirSync(at),
    fifo: (at) => void execFileSync("mkfifo", [at]),
    huge: (at) => {
      writeFileSync(at, "")
      truncateSync(at, 100 * 2 ** 30)
    },
    loop: (at) => symlinkSync(at, at),
    zero: (at) => symlinkSync("/dev/zero", at),
    nothing: () => {},
    binary: (at) => writeFileSync(at, Buffer.from([0xff, 0xfe, 0, 1, 2])),
  }
  for (const at of [path, secret]) {
    for (const [name, place] of Object.entries(put)) {
      rmSync(at, { recursive: true, force: true })
      place(at)
      expect([name, await reload(bridge)]).toEqual([name, 422])
      expect([name, (await callPage(bridge.address)).code, await isReady(bridge)]).toEqual([name, 0, true])
    }
    rmSync(at, { recursive: true, force: true })
    writeFileSync(at, at === path ? textFor(backends[0]) : "hunter2-again")
    expect(await reload(bridge)).toBe(200)
  }
})

it("shows its secrets nowhere", async () => {
  const { bridge, path, textFor, backends } = await scene()
  await callPage(bridge.address)
  expect(backends[0].calls[0].field("x-key")).toBe("hunter2-file")
  const damages = [
    (text: string) => text.replace("x-other: h", "x-other:h"),
    (text: string) => text.replace("hunter2-route", "*hunter2-route"),
    (text: string) => text.replace("{ add: { x-route: hunter2-route } }", "hunter2-route"),
    (text: string) => text.replace("hunter2-literal", '"hunter2"-literal'),
    (text: string) => `${text}\t`,
  ]
  const told: string[] = []
  for (const damage of damages) {
    writeFileSync(path, damage(textFor(backends[0])))
    const response = await fetch(`${bridge.adminAddress}/reload`, { method: "POST" })
    told.push(`${response.status} ${await response.text()}`)
    for (const page of ["/upstreams", "/metrics", "/readyz?verbose", "/routes", "/"]) {
      told.push(await (await fetch(`${bridge.adminAddress}${page}`)).text())
    }
  }
  expect(told.filter((text) => text.startsWith("422"))).toHaveLength(damages.length - 1)
  const answer = await callPage(bridge.address)
  told.push(JSON.stringify(answer), bridge.stderr())
  expect(told.join("\n")).not.toContain("hunter2")
})
