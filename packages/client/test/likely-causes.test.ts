import { readFile } from "node:fs/promises"
import { Code } from "@connectrpc/connect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { silenceLimits, warnWhenCrowded } from "../src/index.ts"
import { scriptedClients } from "./clients.ts"
import { bytes, trailerFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"
import type { Script } from "./scripted-fetch.ts"

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** The first column of the tables of client-side failures in docs/errors.md. */
async function documented(): Promise<string[]> {
  const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8")
  const section = page.slice(page.indexOf("## Messages of the client when no status came"))
  return [...section.matchAll(/^\| "(.*?)" \|/gm)].map(([, words]) => words)
}

interface Case {
  readonly says: string
  readonly page?: string
  readonly baseUrl: string
  readonly answer: Script | Error
  readonly isOffline?: boolean
}

const failed = new TypeError("Failed to fetch")
const html = (status: number): Script => ({
  status,
  headers: { "content-type": "text/html" },
  body: [bytes("<!doctype html>")],
})

const cases: Record<string, Case> = {
  "a bridge that is down, called from its own origin": {
    says: "the bridge is down",
    page: "https://app.example/",
    baseUrl: "/",
    answer: failed,
  },
  "a refusal by CORS": { says: "CORS", page: "https://app.example/", baseUrl: "https://api.test", answer: failed },
  "a certificate that the browser does not trust": {
    says: "certificate",
    page: "https://app.example/",
    baseUrl: "https://api.test",
    answer: failed,
  },
  "mixed content": { says: "mixed content", page: "https://app.example/", baseUrl: "http://api.test", answer: failed },
  "an offline browser": {
    says: "offline",
    page: "https://app.example/",
    baseUrl: "https://api.test",
    answer: failed,
    isOffline: true,
  },
  "a web page": { says: "A web page came", baseUrl: "https://api.test", answer: html(200) },
  "a wrong address": { says: "Nothing is here", baseUrl: "https://api.test", answer: html(404) },
  "a server that asks for HTTP/2": { says: "HTTP/2 only", baseUrl: "https://api.test", answer: html(505) },
  "a proxy without a bridge": { says: "A proxy on the way", baseUrl: "https://api.test", answer: html(502) },
  "something else": { says: "baseUrl is not the bridge's", baseUrl: "https://api.test", answer: html(400) },
}

async function errorIn({ page, baseUrl, answer, isOffline }: Case) {
  vi.stubGlobal("location", page && new URL(page))
  vi.stubGlobal("navigator", { onLine: isOffline !== true })
  const { users } = scriptedClients([answer], { baseUrl })
  return errorOf(users.getUser({ id: "1" }))
}

/** The error of a call that waits behind six streams until its deadline. */
async function crowdedError() {
  vi.stubGlobal("location", new URL("http://127.0.0.1:5173/"))
  vi.spyOn(console, "warn").mockReturnValue()
  const answer: Script = { body: [], isOpen: true }
  const interceptors = [warnWhenCrowded()]
  const { users, audit, requests } = scriptedClients([answer], { baseUrl: "/", interceptors })
  const leave = new AbortController()
  const streams = Array.from({ length: 6 }, () => outcomeOf(audit.watch({}, { signal: leave.signal })))
  await vi.waitFor(() => expect(requests).toHaveLength(6))
  const error = await errorOf(users.getUser({}, { timeoutMs: 200 }))
  leave.abort()
  await Promise.all(streams)
  return error
}

describe("the likely cause of a failure", () => {
  it.each(Object.entries(cases))("of %s is described as in docs/errors.md", async (_name, given) => {
    const error = await errorIn(given)
    const told = (await documented()).filter((words) => error.message.includes(words))
    expect(told).toContainEqual(expect.stringContaining(given.says))
    if (given.answer instanceof Error) expect(error.cause).toBe(given.answer)
  })

  it("has no other row in docs/errors.md", async () => {
    const messages: string[] = []
    for (const given of Object.values(cases)) messages.push((await errorIn(given)).message)
    const broken = scriptedClients([{ body: [failed] }, { body: [] }])
    messages.push((await errorOf(broken.users.getUser({}))).message)
    messages.push((await errorOf(broken.users.getUser({}))).message)
    const limits = silenceLimits({ firstByteTimeoutMs: 1, idleTimeoutMs: 1 })
    const silent = scriptedClients([new Promise(() => {}), { body: [], isOpen: true }], { silenceLimits: limits })
    messages.push((await outcomeOf(silent.audit.watch({}))).error?.message ?? "")
    messages.push((await outcomeOf(silent.audit.watch({}))).error?.message ?? "")
    messages.push((await crowdedError()).message)
    const rows = await documented()
    expect(rows).not.toEqual([])
    for (const row of rows) {
      expect(messages.some((message) => message.includes(row))).toBe(true)
    }
  })

  it("of a backend that is down comes from the bridge and is passed on", async () => {
    const message = "The bridge cannot connect to the backend: connection refused"
    const lines = ["grpc-status:14", `grpc-message:${message}`, "x-causeway-reason:backend-unreachable"]
    const { users } = scriptedClients([{ body: [trailerFrame(...lines)] }])
    const error = await errorOf(users.getUser({}))
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: message, reason: "backend-unreachable" })
    expect(error.retryable).toBe(true)
  })
})
