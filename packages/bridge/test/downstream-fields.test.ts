import { once } from "node:events"
import { connect } from "node:http2"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { madeForBackend, madeForPage } from "../tools/fields-document.ts"
import { HeaderNames } from "../src/downstream/header-names.ts"
import { families, slots } from "../src/downstream/request-fields.ts"
import { readMetadata } from "../src/upstream/reply-fields.ts"
import { replyFamilies } from "../src/upstream/reply-field-families.ts"
import type { BackendCall } from "./support/grpc-backend.ts"
import { connectRawHttp1, valueOf, valuesOf } from "./support/raw-http1.ts"
import { grpcScene } from "./support/scene.ts"
import type { TestCarrier, WebCall } from "./support/web-call.ts"
import { callWeb, carriers, openHttp2WebCall, openWebCall } from "./support/web-call.ts"

const path = "/test.Service/Method"
const hello = encodeFrame(0, Buffer.from("hello"))
const origin = "https://app.example"

const namesOf = (fields: readonly string[]): string[] => fields.filter((_, i) => i % 2 === 0)
/** One name of each row of the table, prefixes completed. */
const examples = (rows: readonly { readonly names: string }[]): string[] =>
  rows.flatMap(({ names }) => names.split(" ").map((name) => name.replace(/\*$/, "zz")))

async function answer(call: BackendCall): Promise<void> {
  await call.all()
  call.head(["set-cookie", "a=1; HttpOnly", "set-cookie", "b=2", "x-early", "1", "x-b-bin", "AAE,AgM="])
  call.message("reply")
  call.end(0, "", ["set-cookie", "late=1", "x-late", "1", "clear-site-data", "*", "x-c-bin", "AA==, AQ"])
}

/** Opens a call with doubled fields, which Node's clients do not send by default. */
async function openDoubled(address: string, carrier: TestCarrier, fields: readonly string[]): Promise<WebCall> {
  if (carrier === "http1") return openWebCall(address, carrier, path, fields)
  const options = { settings: { enablePush: false }, strictSingleValueFields: false } // @types/node 26 does not know it
  const session = connect(address, options)
  await once(session, "connect")
  const type = fields.includes("content-type") ? [] : ["content-type", "application/grpc-web+proto"]
  return openHttp2WebCall(session, path, [...type, ...fields], true)
}

describe.each(carriers)("fields over %s", (carrier) => {
  it("reach the backend only if docs/fields.md says that they pass, or that the bridge writes them", async () => {
    const { backend, bridge } = await grpcScene(answer)
    // Node refuses to send what breaks HTTP itself; the rest of each row is sent.
    const broken =
      /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings|te|trailer|content-length|expect|host|content-type|origin|grpc-timeout|grpc-encoding|access-control-request-method)$/
    const sent = [...Object.keys(slots), ...examples(families)].filter((name) => !broken.test(name))
    const reply = await callWeb(bridge.address, carrier, path, hello, [
      ...sent.flatMap((name) => [name, "1"]),
      "x-app",
      "2",
    ])
    expect(reply.code).toBe(Code.Ok)
    const passes = families.filter(({ policy }) => policy === "pass").flatMap(({ names }) => names.split(" "))
    const known = new Set([...Object.keys(madeForBackend), ...passes, "x-app"])
    expect(namesOf(backend.calls[0].fields).filter((name) => !known.has(name))).toEqual([])
    for (const name of passes) expect(backend.calls[0].field(name), name).toBe("1")
    for (const name of ["x-forwarded-for", "forwarded", "cookie"]) expect(backend.calls[0].field(name), name).toBeNull()
  })

  it("reach the page only if docs/fields.md says so: none that affects the bridge's whole origin", async () => {
    const dropped = examples(replyFamilies).filter(
      (name) =>
        !/^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings|te|trailer|content-zz|grpc-.*)$/.test(
          name,
        ),
    )
    expect(dropped).toContain("clear-site-data")
    const fields = dropped.flatMap((name) => [name, "v"])
    const { bridge } = await grpcScene(async (call) => {
      await call.all()
      call.head([...fields, "x-early", "1"])
      call.end(0, "", [...fields.slice(2), "x-late", "1"])
    })
    const reply = await callWeb(bridge.address, carrier, path, hello, ["origin", origin])
    const known = new Set([...Object.keys(madeForPage), "x-early", "x-late"])
    expect(
      namesOf(reply.fields)
        .map((name) => name.toLowerCase())
        .filter((name) => !known.has(name)),
    ).toEqual([])
    expect(namesOf(reply.trailers ?? [])).toEqual(["grpc-status", "x-late"])
    expect(reply.fields).not.toContain("v")
  })

  it("that only a proxy may set pass only from a trusted proxy", async () => {
    const fields = ["x-forwarded-client-cert", "By=spiffe://a", "referer", "https://app.example/"]
    const passHeaders = ["x-forwarded-client-cert", "referer"]
    for (const [trustedProxies, expected] of [
      [[], "By=spiffe://a"],
      [["loopback"], "By=spiffe://a"],
      [["10.0.0.0/8"], null],
    ] as const) {
      const { backend, bridge } = await grpcScene(answer, { passHeaders, trustedProxies })
      await callWeb(bridge.address, carrier, path, hello, fields)
      expect(backend.calls[0].field("x-forwarded-client-cert")).toBe(expected)
      expect(backend.calls[0].field("referer")).toBe("https://app.example/")
    }
  })

  it("of binary values joined by commas are one field each, to the backend and back", async () => {
    const { backend, bridge } = await grpcScene(answer)
    const reply = await callWeb(bridge.address, carrier, path, hello, ["x-a-bin", "AAE=, AgM,BAU="])
    expect(valuesOf(backend.calls[0].fields, "x-a-bin")).toEqual(["AAE=", "AgM", "BAU="])
    expect(valuesOf(reply.fields, "x-b-bin")).toEqual(["AAE", "AgM="])
    expect(valuesOf(reply.trailers ?? [], "x-c-bin")).toEqual(["AA==", "AQ"])
  })

  it("of cookies pass neither way by default", async () => {
    const { backend, bridge } = await grpcScene(answer)
    const reply = await callWeb(bridge.address, carrier, path, hello, ["cookie", "s=1"])
    expect(backend.calls[0].field("cookie")).toBeNull()
    expect(valuesOf(reply.fields, "set-cookie")).toEqual([])
  })

  it("of cookies pass both ways by a setting, each set-cookie its own, none where a script could read it", async () => {
    const { backend, bridge } = await grpcScene(answer, { passCookies: true, corsCredentials: true })
    const reply = await callWeb(bridge.address, carrier, path, hello, [
      "origin",
      origin,
      "cookie",
      "s=1",
      "cookie",
      "t=2",
    ])
    expect(valuesOf(backend.calls[0].fields, "cookie")).toEqual(["s=1; t=2"])
    expect(valuesOf(reply.fields, "set-cookie")).toEqual(["a=1; HttpOnly", "b=2"])
    expect(valueOf(reply.fields, "access-control-allow-credentials")).toBe("true")
    expect(valueOf(reply.fields, "access-control-expose-headers")).not.toContain("set-cookie")
    expect(reply.trailers).not.toContain("set-cookie")
  })

  it("of an answer without messages carry cookies in its head, by the same setting", async () => {
    const { bridge } = await grpcScene((call) => call.statusOnly(5, "no", ["set-cookie", "a=1"]), { passCookies: true })
    const reply = await callWeb(bridge.address, carrier, path, hello)
    expect(reply.code).toBe(Code.NotFound)
    expect(valuesOf(reply.fields, "set-cookie")).toEqual(["a=1"])
  })

  it.each(["content-type", "origin", "grpc-timeout"])("that are doubled are answered with words: %s", async (name) => {
    const { backend, bridge } = await grpcScene(answer)
    const value = { "content-type": "application/grpc-web+proto", origin, "grpc-timeout": "1S" }[name] ?? ""
    const call = await openDoubled(bridge.address, carrier, [name, value, name, value])
    call.end(hello)
    const reply = await call.reply()
    call.close()
    expect(reply).toMatchObject({ status: 400, reason: "bad-request" })
    expect(reply.message).toContain(`it has two ${name} fields`)
    expect(backend.calls).toEqual([])
  })

  it("report a head that is too large, before its Accept is read", async () => {
    const { bridge } = await grpcScene(answer, { maxHeadBytes: 4_096 })
    const accept = `application/grpc-web-text${",".repeat(5_000)}`
    const reply = await callWeb(bridge.address, carrier, path, hello, ["accept", accept])
    expect(reply.reason).toBe("head-too-large")
    expect(valueOf(reply.fields, "content-type")).toBe("application/grpc-web+proto")
  })
})

describe("doubled fields that Node by itself would refuse", () => {
  it("reach the backend unchanged over HTTP/2: the backend decides about a doubled authorization", async () => {
    const { backend, bridge } = await grpcScene(answer)
    const call = await openDoubled(bridge.address, "http2", ["authorization", "a", "authorization", "b"])
    call.end(hello)
    await call.reply()
    call.close()
    expect(valuesOf(backend.calls[0].fields, "authorization")).toEqual(["a", "b"])
  })
})

describe("a malformed host", () => {
  it.each(["a b@c/d", "user@host", "a/b", ""])("is refused with words over HTTP/1.1: %j", async (host) => {
    const { backend, bridge } = await grpcScene(answer)
    const raw = await connectRawHttp1(bridge.address)
    raw.send(
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 0\r\n\r\n`,
    )
    const response = await raw.response()
    raw.destroy()
    expect(response.status).toBe(400)
    expect(response.body.toString()).toContain("is not of the form host:port")
    expect(backend.calls).toEqual([])
  })
})

describe("the tables", () => {
  it("match the code, row by row", () => {
    const names = new HeaderNames({ passHeaders: [], passCookies: false, hasProxies: false })
    for (const family of families)
      for (const name of examples([family]))
        expect(names.lookUp(name).treatment, name).toBe(
          Object.hasOwn(slots, name) ? "slot" : family.policy === "pass" ? "pass" : "drop",
        )
    for (const name of examples(replyFamilies)) expect([...readMetadata([name, "v"])], name).toEqual([])
  })
})
