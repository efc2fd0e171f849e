import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { startConfiguredBridge } from "./support/configured-bridge.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { waitFor } from "./support/wait-for.ts"

/** A bridge whose upstream has a token in a file, which Kubernetes would swap. The backend accepts the tokens that are valid. */
async function scene() {
  const valid = new Set(["Bearer token-0"])
  const backend = await startGrpcBackend({
    "/test.Service/Method": async (call) => {
      if (!valid.has(call.field("authorization") ?? "")) {
        call.end(16, "the token is not valid")
        return
      }
      if (call.field("x-held") !== null) {
        call.message("first")
        return
      }
      await call.all()
      call.end()
    },
  })
  const folder = mkdtempSync(join(tmpdir(), "causeway-rotation-"))
  const tokenFile = join(folder, "token")
  const rotate = (token: string): void => {
    writeFileSync(join(folder, token), `${token}\n`)
    symlinkSync(join(folder, token), join(folder, "next"))
    renameSync(join(folder, "next"), tokenFile)
  }
  rotate("token-0")
  const lines: string[] = []
  const keep = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const bridge = await createBridge(
    {
      listen: "127.0.0.1:0",
      admin: null,
      accessLog: "off",
      upstreams: [{ name: "users", endpoints: [backend.url], tokenFile }],
    },
    { log: { debug: keep, info: keep, warn: keep, error: keep } },
  )
  onTestFinished(async () => {
    await bridge.close(0)
    await backend.close()
    rmSync(folder, { recursive: true })
  })
  return { bridge, backend, valid, rotate, tokenFile, lines }
}

describe("a token that rotates while calls run", () => {
  it("reaches every later call, and fails none while old and new tokens are valid", async () => {
    const { bridge, backend, valid, rotate, lines } = await scene()
    const held = new PageCall(bridge.address, { fields: ["x-held", "1"] })
    await held.received(1)
    let isDone = false
    const caller = async (): Promise<(number | null)[]> => {
      const codes: (number | null)[] = []
      while (!isDone) codes.push((await callPage(bridge.address, { fields: ["authorization", "Bearer mine"] })).code)
      return codes
    }
    const callers = Array.from({ length: 4 }, caller)
    for (let turn = 1; turn <= 10; turn++) {
      const token = `token-${turn}`
      valid.add(`Bearer ${token}`)
      rotate(token)
      await bridge.reload()
      const before = backend.calls.length
      await waitFor(() => backend.calls.length > before + 8)
      const later = backend.calls.slice(before + 4).map((call) => call.field("authorization")) // 4 were on their way
      expect(new Set(later)).toEqual(new Set([`Bearer ${token}`]))
      valid.delete(`Bearer token-${turn - 1}`)
    }
    isDone = true
    const codes = (await Promise.all(callers)).flat()
    expect(codes.length).toBeGreaterThan(80)
    expect(codes.filter((code) => code !== 0)).toEqual([])
    backend.calls[0].end()
    expect(await held.answer).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(1)
    expect(lines.filter((line) => /token-\d/.test(line))).toEqual([])
  })

  it("stays in use while the file is empty or gone", async () => {
    const { bridge, tokenFile, lines } = await scene()
    for (const spoil of [() => writeFileSync(tokenFile, ""), () => rmSync(tokenFile)]) {
      spoil()
      await bridge.reload()
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    }
    expect(lines.filter((line) => line.startsWith("cannot renew"))).toHaveLength(2)
  })
})

describe("the count of refused tokens", () => {
  it("does not fall when an upstream leaves the configuration: scrapers take that for new ones", async () => {
    const backend = await startGrpcBackend({})
    const folder = mkdtempSync(join(tmpdir(), "causeway-refused-"))
    onTestFinished(async () => {
      await backend.close()
      rmSync(folder, { recursive: true })
    })
    const tokenFile = (name: string): string => join(folder, name)
    const upstream = (name: string): string =>
      `  ${name}: { endpoints: [${backend.url}], token-file: ${tokenFile(name)} }\n`
    for (const name of ["a", "b"]) writeFileSync(tokenFile(name), "token")
    const route = "routes: [{ name: all, upstream: b }]\n"
    const { bridge, apply, metric } = await startConfiguredBridge(
      `upstreams:\n${upstream("a")}${upstream("b")}${route}`,
    )
    const refused = (): Promise<number | null> => metric("causeway_certificate_renewals_refused_total")
    for (const name of ["a", "b"]) writeFileSync(tokenFile(name), "")
    await bridge.reload()
    expect(await refused()).toBe(2)
    writeFileSync(tokenFile("b"), "other")
    await apply(`upstreams:\n${upstream("b")}${route}`)
    await waitFor(() => backend.sessions.size === 1)
    expect(await refused()).toBe(2)
  })
})
