import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

import { createBridge } from "@causeway/bridge"
import { BridgeService, type WatchBridgeResponse } from "@causeway/proto/api/v1/bridge_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { createClient } from "@connectrpc/connect"
import { createGrpcTransport } from "@connectrpc/connect-node"
import { describe, expect, it, onTestFinished } from "vitest"

import { next, startTestServer } from "./start-test-server.ts"

/** The numbers of a state that has some. */
function numbersOf({ state }: WatchBridgeResponse) {
  return state.case === "snapshot" ? state.value : expect.fail(`no snapshot, but ${JSON.stringify(state.value)}`)
}

/** The first numbers of the stream. States from before the bridge was known may still be on their way. */
async function nextNumbers(stream: AsyncIterator<WatchBridgeResponse>) {
  for (;;) {
    const state = await next(stream)
    if (state.state.case === "snapshot") return numbersOf(state)
  }
}

/** The words of a state without numbers. */
function wordsOf({ state }: WatchBridgeResponse): string {
  return state.case === "unreachable" ? state.value.message : expect.fail(`not unreachable, but ${state.case}`)
}

async function metricsOf(adminUrl: string | null): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text()
}

/** An admin port that answers with these words. */
async function startAdmin(answers: Readonly<Record<string, readonly [status: number, body: string]>>): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = answers[request.url ?? ""] ?? [404, ""]
    response.writeHead(status).end(body)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The states that a server streams while its bridge's admin port is where `adminUrl` says. */
async function watchBridge(adminUrl: () => string | null) {
  const { client, server } = await startTestServer({ adminUrl })
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const stream = client(BridgeService).watchBridge({}, { signal: abort.signal })[Symbol.asyncIterator]()
  return { server, stream }
}

describe("BridgeService", () => {
  it("tells what the bridge has counted, and that it has no number while it is away", async () => {
    let adminUrl: string | null = null
    const { server, stream } = await watchBridge(() => adminUrl)
    expect(wordsOf(await next(stream))).toContain("does not know where")

    const bridge = await createBridge(
      { upstream: server.address, listen: "127.0.0.1:0", admin: "127.0.0.1:0", accessLog: "off" },
      { log: { debug() {}, info() {}, warn() {}, error() {} } },
    )
    onTestFinished(() => bridge.close(0))
    const users = createClient(UserService, createGrpcTransport({ baseUrl: bridge.address }))
    const { users: page } = await users.listUsers({ pageSize: 1 })
    // The bridge counts a method by its name once a call of it ended OK.
    await users.getUser({ id: page[0]?.id ?? "" })
    await expect.poll(() => metricsOf(bridge.adminAddress)).toMatch(/count\S*UserService\/GetUser\S*"OK"\S* 1/)
    await expect(users.getUser({ id: "nobody" })).rejects.toThrow()
    await expect.poll(() => metricsOf(bridge.adminAddress)).toMatch(/count\S*UserService\/GetUser\S*"NOT_FOUND"\S* 1/)
    adminUrl = bridge.adminAddress
    const numbers = await nextNumbers(stream)
    expect(numbers).toMatchObject({ isReady: true, notReadyReason: "", callsInFlight: 0n, sessionsOpen: 1n })
    expect(
      numbers.methods.map(({ method, started, ended }) => [method, started, ended.map(({ code }) => code)]),
    ).toEqual([
      ["api.v1.UserService/GetUser", 2n, ["OK", "NOT_FOUND"]],
      ["api.v1.UserService/ListUsers", 1n, ["OK"]],
    ])
    const { durations } = numbers.methods[1] ?? expect.fail("one method only")
    expect(durations.reduce((sum, { count }) => sum + count, 0n)).toBe(1n)
    expect(durations.at(-1)?.bound).toBeUndefined()

    await bridge.close(0)
    expect(wordsOf(await next(stream))).toContain(`${adminUrl} gave no numbers (connect ECONNREFUSED`)
  })

  it("says why the bridge takes no new calls, and what it refused", async () => {
    const metrics = 'causeway_refused_total{reason="origin-refused"} 3\ncauseway_refused_total{reason="draining"} 0\n'
    const admin = await startAdmin({ "/metrics": [200, metrics], "/readyz": [503, "not ready: draining\n"] })
    const { stream } = await watchBridge(() => admin)
    const { isReady, notReadyReason, refused } = numbersOf(await next(stream))
    expect({ isReady, notReadyReason }).toEqual({ isReady: false, notReadyReason: "draining" })
    expect(refused.map(({ reason, count }) => [reason, count])).toEqual([["origin-refused", 3n]])
  })

  it.each([
    ["another server", { "/metrics": [200, "<html>"] }, "line 1 is no sample of a metric: <html>"],
    ["a server without metrics", {}, "/metrics answered with HTTP 404"],
  ] as const)("says that %s is no bridge", async (_, answers, words) => {
    const admin = await startAdmin({ "/readyz": [200, "ready\n"], ...answers })
    const { stream } = await watchBridge(() => admin)
    expect(wordsOf(await next(stream))).toContain(words)
  })
})
