import { encodeStatusMessage } from "@causeway/protocol"
import fc from "fast-check"
import { expect, it } from "vitest"
import { fuzzPatienceMs, fuzzRuns } from "./support/fuzz-runs.ts"
import { valuesOf } from "./support/raw-http1.ts"
import { grpcScene } from "./support/scene.ts"
import { cutAt, webBody, wireFields } from "./support/web-bodies.ts"
import { openWebCall } from "./support/web-call.ts"

const printable = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/)
const metadata = fc.array(fc.tuple(fc.stringMatching(/^fuzz-[a-z0-9_.-]{1,8}$/), printable), { maxLength: 5 })
const ending = fc.record({
  code: fc.integer({ min: 0, max: 20 }),
  message: fc.string({ unit: "binary", maxLength: 40 }),
})

/** The values by name, since HTTP does not keep the order of different names. */
function grouped(fields: readonly string[]): Record<string, string[]> {
  const names = fields.filter((name, i) => i % 2 === 0 && name.startsWith("fuzz-"))
  return Object.fromEntries(names.map((name) => [name, valuesOf(fields, name)]))
}

it(
  "carries any messages, metadata and status to the backend and back, byte for byte, however they are cut",
  { timeout: fuzzPatienceMs },
  async () => {
    let end = { code: 0, message: "" }
    const { backend, bridge } = await grpcScene(async (call) => {
      const sent = call.fields.flatMap((name, i) =>
        i % 2 === 0 && name.startsWith("fuzz-") ? [name, call.fields[i + 1]] : [],
      )
      call.head(sent)
      for await (const message of call.messages) if (!call.message(message)) await call.drained()
      call.end(end.code, encodeStatusMessage(end.message), sent)
    })
    const property = fc.asyncProperty(webBody, metadata, ending, async (body, entries, asked) => {
      end = asked
      const sent = entries.flat()
      const call = await openWebCall(bridge.address, body.carrier, "/test.Service/Method", [
        ...wireFields(body),
        ...sent,
      ])
      try {
        for (const chunk of cutAt(body.bytes, body.cuts)) call.write(chunk)
        call.end()
        const reply = await call.reply()
        expect(reply.messages).toEqual(body.payloads.map((one) => Buffer.from(one).toString("latin1")))
        expect([reply.code, reply.message]).toEqual([asked.code, asked.message.toWellFormed()])
        expect(grouped(reply.fields)).toEqual(grouped(sent))
        expect(grouped(reply.trailers ?? [])).toEqual(grouped(sent))
        expect(grouped(backend.calls.at(-1)?.fields ?? [])).toEqual(grouped(sent))
      } finally {
        call.close()
      }
    })
    await fc.assert(property, fuzzRuns)
  },
)
