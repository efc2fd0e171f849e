import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

import { expect, it, onTestFinished } from "vitest"

import { readFleet } from "./read-fleet.ts"

const endpoint = {
  address: "http://127.0.0.1:1",
  isHealthy: false,
  why: "it cannot be reached: nothing listens on its port; is it running? (ECONNREFUSED)",
  weight: 1,
  sessions: { open: 0, connecting: 1, draining: 0 },
  streams: 0,
  streamLimit: 0,
  oldestSessionSeconds: null,
}
const upstream = { name: "v2", waiting: 2, callsInFlight: 3, levels: [], endpoints: [endpoint] }
const share = { name: "v2", weight: 1, share: 1, calls: 4 }
const route = {
  name: "testers",
  match: 'x-version is "v2"',
  calls: 4,
  target: { kind: "upstream", upstreams: [share] },
}

/** An admin port with these two pages. */
async function admin(upstreams: unknown, routes: unknown): Promise<string> {
  const pages: Readonly<Record<string, unknown>> = { "/upstreams": upstreams, "/routes": routes }
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ""]
    response.writeHead(page === undefined ? 404 : 200).end(typeof page === "string" ? page : JSON.stringify(page))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it("reads upstreams and routes, and drops what the console does not know", async () => {
  const { weight: _, ...known } = endpoint
  expect(await readFleet(await admin([upstream], { routes: [route], more: true }))).toEqual({
    kind: "read",
    upstreams: [{ name: "v2", waiting: 2, callsInFlight: 3, endpoints: [known] }],
    routes: [{ name: "testers", match: 'x-version is "v2"', calls: 4, kind: "upstream", upstreams: [share] }],
  })
})

it.each([
  [
    "a missing field",
    [{ ...upstream, endpoints: [{ ...endpoint, why: undefined }] }],
    "[0].endpoints[0].why: received nothing, expected a text",
  ],
  ["a value of another kind", [{ ...upstream, waiting: "2" }], '[0].waiting: received "2", expected a number'],
  ["something else", { upstreams: [] }, 'the whole: received {"upstreams":[]}, expected a list'],
])("says where %s is", async (_, upstreams, words) => {
  const url = await admin(upstreams, { routes: [] })
  const state = await readFleet(url)
  expect(state).toMatchObject({ kind: "unreadable", why: expect.stringContaining(words) as string })
  expect(state).toMatchObject({ why: expect.stringContaining(`${url}/upstreams has another shape`) as string })
})

it("says where a route leads to something unknown", async () => {
  const url = await admin([], { routes: [{ ...route, target: { kind: "moon", upstreams: [] } }] })
  expect(await readFleet(url)).toMatchObject({
    why: expect.stringContaining('routes[0].target.kind: received "moon", expected "upstream" or "split"') as string,
  })
})

it.each([
  ["no such page", undefined, "HTTP 404"],
  ["no JSON", "<html>", "is not valid JSON"],
])("says that there is %s", async (_, routes, words) => {
  const url = await admin([], routes)
  expect(await readFleet(url)).toMatchObject({ kind: "unreadable", why: expect.stringContaining(words) as string })
})

it("says that the bridge does not answer, or has not started", async () => {
  const gone = "http://127.0.0.1:9"
  expect(await readFleet(gone)).toMatchObject({
    kind: "unreadable",
    why: expect.stringMatching(/127\.0\.0\.1:9\/\w+ cannot be read \(.+\)\. Is the bridge running/) as string,
  })
  expect(await readFleet(null)).toEqual({ kind: "unreadable", why: "The bridge has not started yet." })
})
