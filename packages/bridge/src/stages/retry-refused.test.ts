import { describe, expect, it } from "vitest"
import type { Timed } from "../core/call.ts"
import type { Repeats } from "../core/call-repeats.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply } from "../core/reply.ts"
import { retryRefused } from "./retry-refused.ts"

const refused = new BridgeError("backend-refused", "refused")
const leftOver = new BridgeError("backend-refused", "left over", { isLeftOver: true })
const reply = { kind: "stream" } as Reply

/** Runs attempts that end with these results, one after the other. */
async function run(
  outcomes: readonly (Error | Reply)[],
  canReplay = true,
): Promise<{ events: string[]; result: unknown; repeats: number }> {
  const events: string[] = []
  const request = {
    canReplay,
    keep: (bytes: number) => void events.push(`keep ${bytes}`),
    detach: () => void events.push("detach"),
    commit: () => void events.push("commit"),
  }
  const left = [...outcomes]
  const handler = retryRefused(async () => {
    events.push("attempt")
    const outcome = left.shift() ?? refused
    if (outcome instanceof Error) throw outcome
    return outcome
  })
  const record = { endpoint: null, attemptEnds: [], repeats: null as Repeats | null }
  const result: unknown = await handler({ request, record } as unknown as Timed).catch((error: unknown) => error)
  return { events, result, repeats: record.repeats?.transparentRetries ?? 0 }
}

describe("retryRefused", () => {
  it("releases the kept bytes once the backend has answered", async () => {
    expect(await run([reply])).toEqual({ events: ["keep 65536", "attempt", "commit"], result: reply, repeats: 0 })
  })

  it("repeats a call that the backend's application never saw", async () => {
    const { events, result, repeats } = await run([refused, refused, reply])
    expect([result, repeats]).toEqual([reply, 2])
    expect(events).toEqual(["keep 65536", "attempt", "detach", "attempt", "detach", "attempt", "commit"])
  })

  it("gives up after five attempts", async () => {
    const { events, result } = await run([])
    expect(result).toBe(refused)
    expect(events.filter((event) => event === "attempt")).toHaveLength(5)
  })

  it("counts no attempt that the end of a connection left over, up to a hundred in all", async () => {
    const tried = async (outcomes: Error[]): Promise<number> =>
      (await run([...outcomes, reply])).events.filter((event) => event === "attempt").length
    expect(await tried(Array<Error>(99).fill(leftOver))).toBe(100)
    expect((await run(Array<Error>(100).fill(leftOver))).result).toBe(leftOver)
    const mixed = [refused, leftOver, refused, leftOver, refused, refused, leftOver]
    expect(await tried(mixed)).toBe(8)
    expect(await tried([...mixed, refused])).toBe(8)
  })

  it("does not repeat a call whose request was not kept", async () => {
    const { events, result } = await run([refused, reply], false)
    expect(result).toBe(refused)
    expect(events).toEqual(["keep 65536", "attempt"])
  })

  it.each([
    new BridgeError("backend-lost", "may have been processed"),
    new BridgeError("backend-unreachable", "down"),
    new BridgeError("backend-reset", "reset"),
    new Error("a defect"),
  ])("repeats neither a call that may have been processed nor a defect: %s", async (error) => {
    const { events, result } = await run([error, reply])
    expect(result).toBe(error)
    expect(events).toEqual(["keep 65536", "attempt"])
  })
})
