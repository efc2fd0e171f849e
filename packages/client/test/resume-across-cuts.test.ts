import { fromBinary } from "@bufbuild/protobuf"
import type { MessageInitShape } from "@bufbuild/protobuf"
import { AuditService, WatchRequestSchema, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createClient, createTransport, resumable } from "../src/index.ts"
import { join, messageFrame, okTrailer, trailerFrame } from "./grpc-web-bytes.ts"
import { scriptedFetch } from "./scripted-fetch.ts"
import type { Script } from "./scripted-fetch.ts"

/** A network fault of one answer: the request is refused, or the body breaks or ends after some bytes. */
type Fault =
  | { readonly kind: "refused" }
  | { readonly kind: "broken" | "ended"; readonly afterBytes: number }
  | { readonly kind: "status"; readonly afterMessages: number }

/** The numbers of the log; 0 is a message without a position. */
const log = [1, 2, 0, 3, 4, 0, 0, 5, 6, 7, 8]
const numbers = log.filter((number) => number > 0)

const fault = fc.oneof(
  fc.constant<Fault>({ kind: "refused" }),
  fc.record({ kind: fc.constantFrom("broken" as const, "ended" as const), afterBytes: fc.nat(80) }),
  fc.record({ kind: fc.constant("status" as const), afterMessages: fc.nat(log.length) }),
)

describe("a resumable stream over a network that cuts it anywhere", () => {
  it("gives every message once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 8 }), async (faults) => {
        const { received, callCount } = await readThrough(faults)
        expect(received).toEqual(numbers)
        expect(callCount).toBeLessThanOrEqual(faults.length + 1)
      }),
    )
  })

  it("gives every message once when it is cut at each of its bytes in turn", async () => {
    const length = join(...log.map(frame), okTrailer).length
    for (const kind of ["broken", "ended"] as const) {
      for (let afterBytes = 0; afterBytes < length; afterBytes++) {
        const { received, callCount } = await readThrough([{ kind, afterBytes }])
        expect(received).toEqual(numbers)
        expect(callCount).toBe(2)
      }
    }
  })
})

/** Reads the log through these faults, one for each call; later calls are answered completely. */
async function readThrough(faults: readonly Fault[]): Promise<{ received: number[]; callCount: number }> {
  let callCount = 0
  const fetch: typeof globalThis.fetch = async (url, init = {}) => {
    const fault = faults[callCount++] as Fault | undefined
    const { cursor } = fromBinary(WatchRequestSchema, (init.body as Uint8Array).subarray(5))
    return scriptedFetch([answerAfter(Number(cursor), fault)]).fetch(url, init)
  }
  const audit = createClient(AuditService, createTransport({ baseUrl: "https://api.test", fetch }))
  const watch = resumable(audit.watch, {
    resume: ({ event }, request) => (event ? { ...request, cursor: event.cursor } : request),
    random: () => 0,
  })
  const received: number[] = []
  for await (const { event } of watch({ cursor: "0" })) if (event) received.push(Number(event.cursor))
  return { received, callCount }
}

function answerAfter(cursor: number, fault: Fault | undefined): Script | Error {
  const frames = log.slice(cursor === 0 ? 0 : log.indexOf(cursor) + 1).map(frame)
  const whole = join(...frames, okTrailer)
  switch (fault?.kind) {
    case undefined:
      return { body: [whole] }
    case "refused":
      return new TypeError("Failed to fetch")
    case "broken":
      return { body: [whole.subarray(0, fault.afterBytes), new TypeError("network error")] }
    case "ended":
      return { body: [whole.subarray(0, fault.afterBytes)] }
    case "status":
      return { body: [join(...frames.slice(0, fault.afterMessages), trailerFrame("grpc-status:14"))] }
  }
}

function frame(number: number): Uint8Array<ArrayBuffer> {
  const cursor = String(number)
  const init: MessageInitShape<typeof WatchResponseSchema> =
    number === 0 ? { caughtUp: {} } : { event: { cursor, sequence: BigInt(number) } }
  return messageFrame(WatchResponseSchema, init)
}
