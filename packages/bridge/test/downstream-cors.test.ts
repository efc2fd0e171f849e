import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { Http1Response } from "./support/raw-http1.ts"
import { connectRawHttp1, valueOf, valuesOf } from "./support/raw-http1.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import { callWeb, carriers } from "./support/web-call.ts"

const allowed = "https://app.example"
const hello = encodeFrame(0, Buffer.from("hello"))

const scene = sceneForFile(
  {
    "/test.Cors/Ok": async (call) => {
      await call.all()
      call.head(["x-early", "1", "vary", "x-backend", "access-control-allow-origin", "*", "set-cookie", "s=1"])
      call.message("reply")
      call.end(0, "", ["x-late", "2"])
    },
    "/test.Cors/StatusOnly": (call) => call.statusOnly(5, "not here", ["t1", "x", "grpc-status-details-bin", "AAAA"]),
  },
  { corsOrigins: [allowed], maxRequestMessageBytes: 100 },
)

const largePreflight = ["Access-Control-Request-Method: POST", `X-Large: ${"x".repeat(17_000)}`]

/** Every kind of answer, each to a request of this origin. */
const requests: readonly (readonly [what: string, status: number, request: (origin: string) => string])[] = [
  ["a preflight", 204, (origin) => head("OPTIONS", origin, ["Access-Control-Request-Method: POST"])],
  ["a preflight that is too large", 400, (origin) => head("OPTIONS", origin, largePreflight)],
  ["a success", 200, (origin) => post("/test.Cors/Ok", origin, hello)],
  ["a trailers-only error", 200, (origin) => post("/test.Cors/StatusOnly", origin, hello)],
  ["an unknown method of the backend", 200, (origin) => post("/test.Cors/Nothing", origin, hello)],
  ["a path that names no method", 200, (origin) => post("/nothing", origin, hello)],
  ["an error of the bridge's own", 200, (origin) => post("/test.Cors/Ok", origin, Buffer.of(7))],
  ["a message that is too large", 200, (origin) => post("/test.Cors/Ok", origin, encodeFrame(0, Buffer.alloc(101)))],
  ["a bad timeout", 200, (origin) => post("/test.Cors/Ok", origin, hello, ["grpc-timeout: soon"])],
  ["too large a head", 200, (origin) => post("/test.Cors/Ok", origin, hello, [`x-large: ${"x".repeat(17_000)}`])],
  ["a GET", 405, (origin) => head("GET", origin, [])],
  ["a PUT", 405, (origin) => head("PUT", origin, ["Content-Length: 0"])],
  ["another content type", 415, (origin) => post("/test.Cors/Ok", origin, hello, [], "application/json")],
  ["native gRPC over HTTP/1.1", 505, (origin) => post("/test.Cors/Ok", origin, hello, [], "application/grpc")],
  ["a request that is refused before routing", 400, (origin) => post("/test.Cors/Ok", origin, hello, ["Host: two"])],
]

function head(method: string, origin: string, lines: readonly string[]): string {
  return [`${method} /test.Cors/Ok HTTP/1.1`, "Host: bridge.test", `Origin: ${origin}`, ...lines, "", ""].join("\r\n")
}

function post(
  path: string,
  origin: string,
  body: Uint8Array,
  lines: readonly string[] = [],
  type = "application/grpc-web+proto",
): string {
  const all = [
    "Host: bridge.test",
    `Origin: ${origin}`,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    ...lines,
  ]
  return `POST ${path} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n${Buffer.from(body).toString("latin1")}`
}

async function send(request: string): Promise<Http1Response> {
  const raw = await connectRawHttp1(scene.bridge.address)
  raw.send(request)
  const response = await raw.response()
  raw.destroy()
  return response
}

function corsFields(response: Http1Response): string[] {
  return response.fields.filter((name, i) => i % 2 === 0 && /^(access-control|timing-allow)-/.test(name))
}

describe.each(requests)("%s", (what, status, request) => {
  it("C51, C52: has the exact origin once, and declares in vary that it depends on it", async () => {
    const response = await send(request(allowed))
    expect(response.status).toBe(status)
    expect(valuesOf(response.fields, "access-control-allow-origin")).toEqual([allowed])
    expect(valuesOf(response.fields, "timing-allow-origin")).toEqual(what === "a preflight" ? [] : [allowed])
    expect(valuesOf(response.fields, "vary").join(", ").split(", ")).toContain("Origin")
    expect(corsFields(response)).not.toContain("access-control-allow-credentials")
    const exposed = valueOf(response.fields, "access-control-expose-headers")
    if (what === "a preflight") expect(exposed).toBeNull()
    else expect(exposed).toContain("grpc-status, grpc-message, grpc-status-details-bin")
  })

  it.each([
    "https://app.example.evil.net",
    "http://app.example",
    "null",
    "https://evil-app.example",
    "HTTPS://APP.EXAMPLE",
  ])("is 403 for %s, without a CORS field, and the backend gets nothing", async (origin) => {
    const before = scene.backend.calls.length
    const response = await send(request(origin))
    const isMalformed = what === "a request that is refused before routing"
    expect(response.status).toBe(isMalformed ? 400 : 403)
    expect(corsFields(response)).toEqual([])
    expect(valueOf(response.fields, "vary")).toBe("Origin")
    if (!isMalformed) {
      expect(valueOf(response.fields, "x-causeway-reason")).toBe("origin-refused")
      const words = origin.startsWith("HTTPS") ? "is not of the form scheme://host" : `--cors-origin ${origin}`
      expect(response.body.toString()).toContain(words)
    }
    expect(scene.backend.calls.length).toBe(before)
  })

  it("has no CORS fields where no origin is named", async () => {
    const response = await send(request(allowed).replace(`Origin: ${allowed}\r\n`, ""))
    expect(response.status).toBe(what === "a preflight" ? 405 : status)
    expect(corsFields(response)).toEqual([])
    expect(valueOf(response.fields, "vary")).toBe("Origin")
  })
})

describe("a preflight", () => {
  it("C48: is answered without the backend, whatever fields it asks for", async () => {
    const before = scene.backend.calls.length
    const asked = "content-type,x-grpc-web,x-custom-bin,authorization"
    const lines = ["Access-Control-Request-Method: POST", `Access-Control-Request-Headers: ${asked}`]
    const response = await send(head("OPTIONS", allowed, lines))
    expect(response).toMatchObject({ status: 204, body: Buffer.alloc(0) })
    expect(valueOf(response.fields, "access-control-allow-headers")).toBe(asked)
    expect(valueOf(response.fields, "access-control-allow-methods")).toBe("POST, OPTIONS")
    expect(valueOf(response.fields, "access-control-max-age")).toBe("7200")
    expect(valueOf(response.fields, "vary")).toContain("Access-Control-Request-Headers")
    expect(valueOf(response.fields, "content-length")).toBeNull() // RFC 9110 §8.6
    expect(scene.backend.calls.length).toBe(before)
  })

  it.each([
    ["without an origin", "OPTIONS /a.B/C HTTP/1.1\r\nHost: b\r\nAccess-Control-Request-Method: POST\r\n\r\n"],
    ["without the method it asks for", `OPTIONS /a.B/C HTTP/1.1\r\nHost: b\r\nOrigin: ${allowed}\r\n\r\n`],
  ])("C53: %s is no preflight, but an OPTIONS that is not allowed", async (_what, request) => {
    const response = await send(request)
    expect(response.status).toBe(405)
    expect(valueOf(response.fields, "allow")).toBe("POST, OPTIONS")
  })
})

describe.each(carriers)("an answer over %s", (carrier) => {
  it("C49: exposes its own fields, and none of the backend's CORS fields or cookies", async () => {
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Cors/Ok", hello, ["origin", allowed])
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expect(valueOf(reply.fields, "access-control-expose-headers")?.split(", ")).toContain("x-early")
    expect(valuesOf(reply.fields, "access-control-allow-origin")).toEqual([allowed])
    expect(valuesOf(reply.fields, "vary")).toEqual(["Origin"])
    expect(valueOf(reply.fields, "set-cookie")).toBeNull()
  })

  it("C49, C50: exposes a trailer that came in the head", async () => {
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Cors/StatusOnly", hello, ["origin", allowed])
    expect(reply).toMatchObject({ code: Code.NotFound, message: "not here" })
    const exposed = valueOf(reply.fields, "access-control-expose-headers")?.split(", ")
    expect(exposed).toEqual(expect.arrayContaining(["t1", "grpc-status-details-bin"]))
    expect(valueOf(reply.fields, "t1")).toBe("x")
  })
})
