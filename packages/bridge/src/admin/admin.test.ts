import { request } from "node:http"
import type { IncomingHttpHeaders } from "node:http"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { once } from "node:events"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { requestOf, routeOf } from "../../test/support/routes.ts"
import { explainRoutes } from "../routing/explain.ts"
import { createRouteTable } from "../routing/route-table.ts"
import type { Admin, AdminOptions } from "./admin.ts"
import { startAdmin } from "./admin.ts"
import type { Readiness } from "./readiness-page.ts"

let admin: Admin
let readiness: Readiness
let metrics: () => string
let crashes: [string, unknown][]
let refusedHosts: [host: string, page: string][]
let reloads: number

const table = createRouteTable([
  routeOf("v2", { headers: [{ kind: "exact", name: "x-version", value: "v2" }] }),
  routeOf("team", { origins: ["https://app.example"], wires: ["grpc"] }),
])
const others: Omit<AdminOptions, "listen" | "metrics"> = {
  readiness: () => readiness,
  upstreams: () => [],
  routes: () => ({ routes: [] }),
  explain: (request) => explainRoutes(table, request),
}

beforeEach(async () => {
  reloads = 0
  readiness = { ready: true, why: "" }
  metrics = () => "a 1\n"
  crashes = []
  refusedHosts = []
  admin = await startAdmin({
    listen: "127.0.0.1:0",
    metrics: () => metrics(),
    ...others,
    upstreams: () => [{ name: "users" }],
    reload() {
      reloads++
      return Promise.resolve({ kind: "applied", needRestart: [], warnings: [] })
    },
    hosts: () => ["bridge.example.com"],
    onRefusedHost: (host, page) => refusedHosts.push([host, page]),
    onCrash: (where, cause) => crashes.push([where, cause]),
  })
})
afterEach(() => admin.close())

async function ask(
  path: string,
  method = "GET",
  host?: string,
): Promise<{ status?: number; headers: IncomingHttpHeaders; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof ask>>>()
  const asked = request(
    `${admin.address}${path}`,
    { method, agent: false, ...(host === undefined ? {} : { headers: { host } }) },
    (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, headers: response.headers, body }), reject)
    },
  )
  asked.on("error", reject).end()
  return promise
}

describe("the admin server", () => {
  it("reports health while it answers", async () => {
    expect(await ask("/healthz")).toMatchObject({ status: 200, body: "ok\n" })
  })

  it("reports readiness, or the reason why it is not ready", async () => {
    expect(await ask("/readyz")).toMatchObject({ status: 200, body: "ready\n" })
    readiness = { ready: false, why: "draining" }
    expect(await ask("/readyz?verbose")).toMatchObject({ status: 503, body: "not ready: draining\n" })
    expect(await ask("/healthz")).toMatchObject({ status: 200 })
  })

  it("serves metrics with Prometheus' content type, never from a cache", async () => {
    expect(await ask("/metrics")).toMatchObject({
      status: 200,
      body: "a 1\n",
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" },
    })
  })

  it("lists its pages", async () => {
    const { status, body } = await ask("/")
    expect([status, ...(body.match(/^\/[\w/]+/gm) ?? [])]).toEqual([
      200,
      "/healthz",
      "/readyz",
      "/readyz",
      "/metrics",
      "/upstreams",
      "/routes",
      "/routes/explain",
      "/reload",
    ])
  })

  it("has no other pages and accepts no other methods", async () => {
    expect(await ask("/metrics/")).toMatchObject({ status: 404 })
    expect(await ask("/healthz", "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } })
    expect(await ask("/reload")).toMatchObject({ status: 405, headers: { allow: "POST" } })
  })

  it("answers HEAD without a body", async () => {
    expect(await ask("/metrics", "HEAD")).toMatchObject({ status: 200, headers: { "content-length": "4" }, body: "" })
  })

  it("answers 500 if a page throws, reports it, and goes on", async () => {
    const cause = new Error("gauge")
    metrics = () => {
      throw cause
    }
    expect(await ask("/metrics")).toMatchObject({ status: 500, body: expect.not.stringContaining("gauge") })
    expect(crashes).toEqual([["admin page /metrics", cause]])
    expect(await ask("/healthz")).toMatchObject({ status: 200 })
  })

  it("shows metrics to no web page that points its own name here (DNS rebinding), and explains how to allow a name", async () => {
    const refused = await ask("/metrics", "GET", "evil.example:9901")
    expect(refused).toMatchObject({ status: 403, body: expect.stringContaining("--admin-host evil.example") })
    expect(refused.body).not.toContain("a 1")
    await ask("/metrics", "GET", "evil.example:9901")
    expect(refusedHosts).toEqual([["evil.example", "/metrics"]])
    expect(await ask("/metrics", "GET", "bridge.example.com:9901")).toMatchObject({ status: 200 })
    expect(await ask("/metrics", "GET", "bridge.prod.svc.cluster.local:9901")).toMatchObject({ status: 200 })
  })

  it.each([
    ["/upstreams", "GET"],
    ["/routes", "GET"],
    ["/routes/explain?method=a.B/C", "GET"],
    ["/metrics", "HEAD"],
    ["/reload", "POST"],
  ])("does not answer %s to a web page's name either, and names that page in the refusal", async (page, method) => {
    const refused = await ask(page, method, "evil.example:9901")
    const [path] = page.split("?")
    expect(refused.status).toBe(403)
    if (method !== "HEAD") expect(refused.body).toContain(`${path} answers to IP addresses`)
    expect(refusedHosts).toEqual([["evil.example", path]])
    expect(reloads).toBe(0)
    expect(await ask(page, method, "bridge.example.com:9901")).toMatchObject({ status: 200 })
    expect(await ask(page, method, "127.0.0.1:9901")).toMatchObject({ status: 200 })
  })

  it("explains which route takes a call, as the command does", async () => {
    const { status, headers, body } = await ask("/routes/explain?method=a.B%2FC&header=X-Version%3A+v2")
    expect([status, headers["content-type"]]).toEqual([200, "application/json"])
    expect(JSON.parse(body)).toEqual(explainRoutes(table, requestOf("/a.B/C", { "x-version": "v2" })))
    const byOrigin = await ask("/routes/explain?method=/a.B/C&origin=https://app.example&wire=grpc")
    expect(JSON.parse(byOrigin.body)).toMatchObject({ route: "team" })
    expect(JSON.parse((await ask("/routes/explain?method=a.B/C")).body)).toMatchObject({ route: null })
  })

  it.each([
    ["", "received no method"],
    ["?method=", "received no method"],
    ["?method=a.B/C&method=a.B/D", "received method twice"],
    ["?method=a.B/C&header=x-version", 'received header "x-version" without a colon'],
    ["?method=a.B/C&wire=http", 'received wire "http"'],
    ["?method=a.B/C&%3Cb%3E=1", 'received "<b>", which is not known here'],
  ])("refuses the question /routes/explain%s: what was received, and what is expected", async (query, received) => {
    const { status, body, headers } = await ask(`/routes/explain${query}`)
    expect(status).toBe(400)
    expect(body).toContain(`${received}; expected ?method=package.Service/Method`)
    expect(headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" })
  })

  it("answers probes under any name, but omits the reason if a web page might be asking", async () => {
    expect(await ask("/healthz", "GET", "evil.example")).toMatchObject({ status: 200 })
    expect(await ask("/readyz", "GET", "evil.example")).toMatchObject({ status: 200 })
    readiness = { ready: false, why: "no connection to http://backend:50051" }
    expect(await ask("/readyz", "GET", "evil.example")).toMatchObject({ status: 503, body: "not ready\n" })
  })

  it.each(["a b", "evil.example/x", "x@evil.example", "a..example", ".example", "a.example:x"])(
    "advises no flag that start-up would refuse for a Host that names no host: %s",
    async (host) => {
      const { status, body } = await ask("/metrics", "GET", host)
      expect(status).toBe(403)
      expect(body).toContain("names no host")
      expect(body).not.toContain("--admin-host")
      expect(refusedHosts).toEqual([])
    },
  )

  it("holds at most four metrics texts for readers that do not read them", async () => {
    metrics = () => "x".repeat(16_777_216)
    const { hostname, port } = new URL(admin.address)
    const readers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const reader = connect(Number(port), hostname)
        reader.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await once(reader, "readable")
        return reader
      }),
    )
    metrics = () => "a 1\n"
    expect(await ask("/metrics")).toMatchObject({ status: 503 })
    readers[0].destroy()
    await vi.waitUntil(async () => (await ask("/metrics")).status === 200)
    for (const reader of readers) reader.destroy()
  })

  it("closes its connections with its port", async () => {
    const { hostname, port } = new URL(admin.address)
    const idle = connect(Number(port), hostname)
    await once(idle, "connect")
    await ask("/healthz")
    const closed = once(idle.resume(), "close")
    await admin.close()
    await closed
    await expect(ask("/healthz")).rejects.toMatchObject({ code: "ECONNREFUSED" })
    admin = await startAdmin({
      listen: `127.0.0.1:${port}`,
      metrics,
      ...others,
    })
  })

  it("reports that its port is in use", async () => {
    const { host } = new URL(admin.address)
    const second = startAdmin({
      listen: host,
      metrics,
      ...others,
    })
    await expect(second).rejects.toMatchObject({
      code: "EADDRINUSE",
      syscall: "listen",
      port: Number(host.split(":")[1]),
    })
  })
})
