import { readFile } from "node:fs/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { codeName, encodeFrame } from "@causeway/protocol"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { connectRawHttp1, requestHead, valueOf } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { callWeb } from "./support/web-call.ts"

const path = "/test.Refusal/Ok"
const web = ["content-type", "application/grpc-web+proto", "content-length", "0"]

/** A request that is refused before it becomes a call, for each reason. */
const requests: Readonly<Record<string, string>> = {
  "origin-refused": requestHead(path, [...web, "origin", "https://elsewhere.example"]),
  "method-not-allowed": requestHead(path, web).replace("POST", "GET"),
  "unsupported-media-type": requestHead(path, ["content-type", "application/json", "content-length", "0"]),
  "http2-required": requestHead(path, ["content-type", "application/grpc+proto", "content-length", "0"]),
  "bad-request": requestHead(path, ["Host", "a", "Host", "b", ...web]),
}

/** The rows of the table in docs/errors.md about requests that were refused before they became calls. */
async function documented(): Promise<{ reason: string; code: string; http: string }[]> {
  const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8")
  const rows = page.matchAll(/^\| `(?<reason>[a-z0-9-]+)` \| (?<code>[A-Z_]+) \| (?<http>\d{3}) \|/gm)
  return [...rows].map(({ groups }) => groups as { reason: string; code: string; http: string })
}

let backend: GrpcBackend
let bridge: Bridge

beforeAll(async () => {
  backend = await startGrpcBackend({ [path]: async (call) => call.end() })
  bridge = await startBridge({ upstream: backend.url })
})

afterAll(async () => {
  expect(backend.calls).toEqual([])
  expect(bridge.crashes).toEqual([])
  await expectAllZero(bridge)
  await bridge.close()
  await backend.close()
})

describe("a refusal before the request becomes a call", () => {
  it.each(Object.entries(requests))(
    "for %s has the status, the HTTP status and the word of docs/errors.md",
    async (reason, head) => {
      const raw = await connectRawHttp1(bridge.address)
      raw.send(head)
      const { status, fields } = await raw.response()
      const code = codeName(Number(valueOf(fields, "grpc-status")))
      expect(valueOf(fields, "x-causeway-reason")).toBe(reason)
      expect(await documented()).toContainEqual({ reason, code, http: String(status) })
      raw.destroy()
    },
  )

  it("has no other row in docs/errors.md", async () => {
    expect((await documented()).map(({ reason }) => reason).toSorted()).toEqual(Object.keys(requests).toSorted())
  })
})

it("a malformed deadline is bad-timeout", async () => {
  const reply = await callWeb(bridge.address, "http1", path, encodeFrame(0, new Uint8Array()), ["grpc-timeout", "soon"])
  expect(reply).toMatchObject({ code: 3, reason: "bad-timeout" })
})
