import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Bridge } from "../src/bridge.ts"
import { createBridge } from "../src/bridge.ts"
import { ConfigError } from "../src/config/check.ts"
import { loadConfig } from "../src/config/load.ts"
import type { Config } from "../src/config/schema.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"
import { waitFor } from "./support/wait-for.ts"

/** A bridge whose configuration is a file, before two backends. `changeAtStart` runs between the reading of the file and the start. */
async function scene(changeAtStart: (path: string, other: string) => void = () => {}) {
  const backends = await Promise.all(
    [0, 1].map(() =>
      startGrpcBackend({
        "/test.Service/Method": async (call) => {
          await call.all()
          call.end()
        },
      }),
    ),
  )
  const folder = mkdtempSync(join(tmpdir(), "causeway-reload-"))
  const path = join(folder, "bridge.yaml")
  const fileTo = (url: string, more = ""): string =>
    `listen: 127.0.0.1:0\nadmin: { listen: 127.0.0.1:0 }\ntelemetry: { access-log: "off" }\nupstreams:\n  users:\n    endpoints: [${url}]\n${more}`
  writeFileSync(path, fileTo(backends[0].url))
  const read = (): { config: Config; warnings: readonly string[] } => {
    const loaded = loadConfig(["--config", path], {})
    if (loaded.kind === "config") return loaded
    throw new ConfigError(loaded.kind === "problems" ? loaded.problems : [])
  }
  const logged: string[] = []
  const keep = (message: string, fields?: object): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log = { debug: keep, info: keep, warn: keep, error: keep }
  const { config, warnings } = read()
  const source = { path, content: readFileSync(path), warnings, read }
  changeAtStart(path, fileTo(backends[1].url))
  const bridge: Bridge = await createBridge(config, { log, source })
  onTestFinished(async () => {
    await bridge.close(0)
    for (const backend of backends) await backend.close()
    rmSync(folder, { recursive: true })
  })
  const reload = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${bridge.adminAddress}/reload`, { method: "POST", headers })
  const get = async (page: string): Promise<string> => (await fetch(`${bridge.adminAddress}${page}`)).text()
  return { bridge, backends, path, fileTo, logged, reload, get }
}

describe("a bridge with a configuration file", () => {
  it("uses a changed file by itself", async () => {
    const { bridge, backends, path, fileTo } = await scene()
    writeFileSync(path, fileTo(backends[1].url))
    while (backends[1].calls.length === 0) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })

  it("finds a change that came while it started", async () => {
    const { bridge, backends } = await scene(writeFileSync)
    while (backends[1].calls.length === 0) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })

  it("reads the file when the admin port is asked to, and says which settings need a restart", async () => {
    const { backends, path, fileTo, reload } = await scene()
    writeFileSync(path, fileTo(backends[1].url, "limits: { head: 8192 }\n").replace("0.1:0", "0.1:1"))
    const response = await reload()
    expect(response.status).toBe(200)
    const { kind, needRestart } = (await response.json()) as { kind: string; needRestart: string[] }
    expect(kind).toBe("applied")
    expect(needRestart).toEqual(["listen", "maxHeadBytes"])
  })

  it("keeps the old configuration when the file is bad, and says so everywhere", async () => {
    const { bridge, path, logged, reload, get } = await scene()
    writeFileSync(path, "upstreams:\n  users:\n    endpoint: [http://127.0.0.1:1]\n")
    const response = await reload()
    expect(response.status).toBe(422)
    expect(await response.text()).toContain("bridge.yaml:3")
    expect(logged.join("\n")).toContain("the old configuration stays in force")
    expect(await get("/readyz?verbose")).toContain(`the configuration file is not in force: ${path}:3`)
    expect(await get("/metrics")).toContain("causeway_config_last_reload_successful 0")
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })

  it("shows its upstreams: each endpoint with its health and the reason, in the words of the log", async () => {
    const { bridge, backends, get } = await scene()
    await callPage(bridge.address)
    const endpoint = {
      address: backends[0].url,
      isHealthy: true,
      why: "nothing speaks against it",
      sessions: { open: 1 },
    }
    expect(JSON.parse(await get("/upstreams"))).toMatchObject([{ name: "users", waiting: 0, endpoints: [endpoint] }])
    await backends[0].close()
    let shown = ""
    while (!shown.includes("it cannot be reached")) shown = await get("/upstreams")
    expect(shown).toContain("it cannot be reached: nothing listens on its port; is it running? (ECONNREFUSED)")
  })

  it("warns on a reload of what the new file has wrong, once, and lists all warnings in the answer", async () => {
    const { path, fileTo, backends, logged, reload } = await scene()
    const url = backends[0].url
    const fewer = fileTo(url, "routes: [{ name: all, upstream: users }]\n")
    const more = fileTo(url, "routes: [{ name: all, upstream: users }, { name: late, upstream: users }]\n")
    const unreached = (): number => logged.filter((line) => line.startsWith("no call reaches the route late")).length
    for (const [text, times] of [
      [fewer, 0],
      [more, 1],
      [`${more}# again\n`, 1],
      [fewer, 1],
      [more, 2],
    ] as const) {
      writeFileSync(path, text)
      const { warnings } = (await (await reload()).json()) as { warnings: string[] }
      const isWrong = text !== fewer
      expect(warnings.some((warning) => warning.startsWith("no call reaches the route late"))).toBe(isWrong)
      expect(unreached()).toBe(times)
    }
    expect(logged.filter((line) => line.startsWith("no origin is configured"))).toHaveLength(1)
  })

  it("forgets the series of upstreams that reloads rename, also if nobody scrapes", async () => {
    const { path, fileTo, backends, reload, get } = await scene()
    // No call that may still be ending: an upstream goes when its connections have closed, and the next reload notices that.
    const rename = async (name: string): Promise<void> => {
      writeFileSync(path, fileTo(backends[0].url).replace("users:", `${name}:`))
      await reload()
      let shown = ""
      while (!shown.includes(`"name": "${name}"`) || !/"open": 1\b/.test(shown)) shown = await get("/upstreams")
      await waitFor(() => backends[0].sessions.size === 1)
    }
    for (const name of ["first", "second", "third", "fourth"]) await rename(name)
    const now = performance.now.bind(performance)
    vi.spyOn(performance, "now").mockImplementation(() => now() + 601_000)
    onTestFinished(() => void vi.restoreAllMocks())
    const shown = await get("/metrics")
    expect(shown).toContain('sessions_opened_total{upstream="fourth"}')
    expect(shown).not.toContain('sessions_opened_total{upstream="first"}')
  })

  it("lets no web page reload it", async () => {
    const { reload } = await scene()
    expect((await reload({ origin: "http://localhost:5173" })).status).toBe(403)
  })

  it("does nothing on a reload after its end", async () => {
    const { bridge, logged } = await scene()
    await bridge.close(0)
    const before = logged.length
    await bridge.reload()
    expect(logged).toHaveLength(before)
  })
})
