import { afterEach, describe, expect, it } from "vitest"
import { connectRawHttp1, valueOf } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { injected, throwing } from "./support/throwing.ts"

const request = "GET /nothing HTTP/1.1\r\nHost: a\r\nx-faulty: 1\r\n\r\n"
const preflight =
  "OPTIONS /a.B/C HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: POST\r\nx-faulty: 1\r\n\r\n"

let bridge: Bridge

afterEach(async () => {
  await expectAllZero(bridge)
  await bridge.close()
})

describe.each([
  ["a refusal", request],
  ["a preflight's answer", preflight],
])("%s that throws", (_what, bytes) => {
  it.each(["start", "respond", "end"] as const)(
    "once, in %s, is answered 500, and the observer is told",
    async (method) => {
      bridge = await startBridge({ upstream: "http://127.0.0.1:1", ...throwing({ in: "exchange", method }) })
      const raw = await connectRawHttp1(bridge.address)
      raw.send(bytes)
      const response = await raw.response()
      expect(response.status).toBe(500)
      expect(valueOf(response.fields, "x-causeway-reason")).toBe("internal")
      expect(bridge.crashes).toMatchObject([{ where: "serve", cause: injected, record: { id: 1 } }])
      expect(bridge.records).toMatchObject([{ id: 1, error: { reason: "internal" } }])
      raw.destroy()
    },
  )

  it.each(["start", "respond", "end"] as const)(
    "again and again, in %s, is cut, and the next is served",
    async (method) => {
      bridge = await startBridge({ upstream: "http://127.0.0.1:1", ...throwing({ in: "exchange", method }, true) })
      const raw = await connectRawHttp1(bridge.address)
      raw.send(bytes)
      await raw.closed()
      expect(raw.unread.length).toBe(0)
      expect(bridge.crashes.map(({ where }) => where)).toEqual(["serve", "refusal"])
      expect(bridge.records.length).toBe(1)
      const next = await connectRawHttp1(bridge.address)
      next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      expect((await next.response()).status).toBe(405)
      next.destroy()
    },
  )
})
