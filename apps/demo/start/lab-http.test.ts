import { once } from "node:events"
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

import { create } from "@bufbuild/protobuf"
import { WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"
import { beforeEach, describe, expect, it } from "vitest"

import type { Lab } from "./lab.ts"
import { createLabHandler } from "./lab-http.ts"

let done: string[]
let port: number
let origin: string
const labState = { faults: [] }

beforeEach(async () => {
  done = []
  const lab = {
    state: () => labState,
    async act(action: string) {
      done.push(action)
      if (action === "bridge-restart") throw new Error("port 1 is in use")
    },
    async setShare(percent: number) {
      done.push(`share ${percent}`)
    },
  } as unknown as Lab
  const state = { case: "unreachable" as const, value: { message: "it is stopped" } }
  const readBridge = async () => create(WatchBridgeResponseSchema, { state })
  const readFleet = async () => ({ kind: "unreadable" as const, why: "it is stopped" })
  const handle = createLabHandler({ lab, origins: () => [origin], readBridge, readFleet })
  const server = createServer((asked, response) => {
    if (!handle(asked, response)) response.end("a page")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  port = (server.address() as AddressInfo).port
  origin = `http://127.0.0.1:${port}`
  return () => {
    server.close()
    server.closeAllConnections()
  }
})

async function ask(method: string, path: string, headers: OutgoingHttpHeaders = {}) {
  const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }).end()
  const [response] = (await once(asked, "response")) as [IncomingMessage]
  const body = await text(response)
  return { status: response.statusCode, headers: response.headers, body }
}

describe("the lab over HTTP", () => {
  it("tells the state and what the bridge has counted, and caches nothing", async () => {
    const { status, headers, body } = await ask("GET", "/lab?now")
    expect({ status, state: JSON.parse(body) as unknown }).toEqual({ status: 200, state: labState })
    expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" })
    expect(headers).not.toHaveProperty("access-control-allow-origin")
    expect((await ask("GET", "/lab/bridge")).body).toBe('{"unreachable":{"message":"it is stopped"}}')
    expect((await ask("GET", "/lab/fleet")).body).toBe('{"kind":"unreadable","why":"it is stopped"}')
  })

  it("acts for a page of the console, and tells what went wrong", async () => {
    expect(await ask("POST", "/lab/restore", { origin })).toMatchObject({ status: 200, body: '{"faults":[]}' })
    const failed = await ask("POST", "/lab/bridge-restart", { origin })
    expect(failed).toMatchObject({ status: 500, body: '{"problem":"port 1 is in use"}' })
    expect(done).toEqual(["restore", "bridge-restart"])
  })

  it("moves the share of the second version", async () => {
    expect(await ask("POST", "/lab/v2-share?percent=35", { origin })).toMatchObject({ status: 200 })
    await ask("POST", "/lab/v2-share", { origin })
    expect(done).toEqual(["share 35", "share NaN"])
  })

  it.each([
    ["another origin", "POST", "/lab/restore", { origin: "https://evil.example" }],
    ["no origin at all", "POST", "/lab/restore", {}],
    ["an opaque origin", "POST", "/lab/restore", { origin: "null" }],
    ["another origin that reads", "GET", "/lab", { origin: "https://evil.example" }],
    ["another name that leads here", "GET", "/lab", { host: "evil.example" }],
  ])("refuses %s", async (_, method, path, headers) => {
    expect(await ask(method, path, headers)).toMatchObject({ status: 403 })
    expect(done).toEqual([])
  })

  it("knows no other actions, and leaves all other paths alone", async () => {
    expect(await ask("POST", "/lab/explode", { origin })).toMatchObject({ status: 404 })
    expect(await ask("GET", "/lab/restore")).toMatchObject({ status: 404 })
    expect(done).toEqual([])
    expect(await ask("GET", "/laboratory")).toMatchObject({ body: "a page" })
  })
})
