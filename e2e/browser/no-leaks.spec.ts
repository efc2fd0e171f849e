import { Code, ConnectError } from "@connectrpc/connect"
import type { Page } from "@playwright/test"
import { expectIdle } from "./support/bridge.ts"
import { leavingMs } from "./support/leaving-ms.ts"
import type { ScriptedServices } from "./support/scripted-backend.ts"
import { expect, test } from "./support/test.ts"

/** A backend that counts its open calls. */
class CountingServices implements ScriptedServices {
  open = 0

  readonly users: ScriptedServices["users"] = {
    getUser: ({ id }, { signal }) =>
      this.#counted(async () => {
        if (id === "missing") throw new ConnectError("no such user", Code.NotFound)
        if (id === "silent") await aborted(signal)
        return { user: { displayName: "Ada Lovelace" } }
      }),
  }

  readonly audit: ScriptedServices["audit"] = {
    watch: (_, { signal }) => this.#events(signal),
  }

  async expectIdle(): Promise<void> {
    await expect.poll(() => this.open, { timeout: leavingMs, message: "calls at the backend" }).toBe(0)
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.open++
    try {
      return await work()
    } finally {
      this.open--
    }
  }

  async *#events(signal: AbortSignal) {
    this.open++
    try {
      yield { event: { sequence: 1n } }
      await aborted(signal)
    } finally {
      this.open--
    }
  }
}

test("a thousand calls with every outcome leave nothing behind in page, bridge and backend", async ({
  browserName,
  page,
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  test.setTimeout(90_000)
  const services = new CountingServices()
  const bridge = await bridgeTo(await scriptBackend(services))
  await openCalls(bridge)
  await callOften(page, 50)
  // Only Chromium's debugger counts live objects on the page's heap. The bridge and the backend are checked in every
  // browser.
  const before = browserName === "chromium" ? await countAlive(page) : null

  expect(await callOften(page, 1_000)).toEqual({
    answered: 400,
    "code 5": 100,
    // The client or the bridge, whichever notices the deadline first.
    "code 4": 100,
    "left after 1": 200,
    "aborted after 1": 200,
  })
  await services.expectIdle()
  await expectIdle(bridge)
  if (before === null) return
  await expect
    .poll(async () => grownBy(before, await countAlive(page)), { message: "objects that outlived their calls" })
    .toEqual([])
})

test("the end of a page ends its calls", async ({ wire, page, scriptBackend, bridgeTo, openCalls }) => {
  const services = new CountingServices()
  const bridge = await bridgeTo(await scriptBackend(services))
  const calls = await openCalls(bridge)
  const count = wire === "h2" ? 100 : 5
  for (let stream = 0; stream < count; stream++) await calls.watch(`stream ${stream}`)
  for (let stream = 0; stream < count; stream++) await calls.seen(`stream ${stream}`, 1)
  await page.evaluate(() => void pageCalls.getUser("silent"))
  await expect.poll(() => services.open).toBe(count + 1)

  await page.close()
  await services.expectIdle()
  await expectIdle(bridge)
})

/**
 * Makes `count` calls, five at a time. Forty of a hundred are answered; the others end in the ways that the counts
 * name.
 */
function callOften(page: Page, count: number): Promise<Record<string, number>> {
  return page.evaluate(async (count) => {
    const outcomes: Record<string, number> = {}
    const note = (outcome: string): void => void (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1)
    const unary = async (id: string, timeoutMs: number): Promise<string> => {
      const { error } = await pageCalls.getUser(id, { timeoutMs })
      return error === null ? "answered" : `code ${error.code}`
    }
    // Uses five names repeatedly: the page stores the data of a stream under its name.
    const left = async (name: string): Promise<string> => {
      pageCalls.watch(name, { breakAfter: 1 })
      return `left after ${(await pageCalls.ended(name)).sequences.length}`
    }
    const aborted = async (name: string): Promise<string> => {
      pageCalls.watch(name)
      await pageCalls.seen(name, 1)
      pageCalls.abort(name)
      return `aborted after ${(await pageCalls.ended(name)).sequences.length}`
    }
    const kinds: ((lane: string) => Promise<string>)[] = [
      ...Array<() => Promise<string>>(4).fill(() => unary("1", 20_000)),
      () => unary("missing", 20_000),
      () => unary("silent", 10),
      left,
      left,
      aborted,
      aborted,
    ]
    let next = 0
    const lane = async (_: unknown, index: number): Promise<void> => {
      while (next < count) note(await kinds[next++ % kinds.length](`lane ${index}`))
    }
    await Promise.all(Array.from({ length: 5 }, lane))
    return outcomes
  }, count)
}

const kindsAlive = ["AbortController", "AbortSignal", "ReadableStream", "Response", "Headers", "Promise"] as const

/** How many objects of each kind are alive on the page's heap after a collection of garbage. */
async function countAlive(page: Page): Promise<Readonly<Record<string, number>>> {
  const session = await page.context().newCDPSession(page)
  try {
    const counts: Record<string, number> = {}
    for (const kind of kindsAlive) {
      const { result: prototype } = await session.send("Runtime.evaluate", { expression: `${kind}.prototype` })
      const { objects } = await session.send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId ?? "" })
      const { result } = await session.send("Runtime.callFunctionOn", {
        objectId: objects.objectId,
        functionDeclaration: "function () { return this.length }",
      })
      counts[kind] = Number(result.value)
    }
    await session.send("Runtime.releaseObjectGroup", { objectGroup: "" })
    return counts
  } finally {
    await session.detach()
  }
}

/** The kinds of object that at least one call in ten has left behind. */
function grownBy(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string[] {
  const growth = kindsAlive.map((kind) => ({ kind, more: after[kind] - before[kind] }))
  return growth.filter(({ more }) => more >= 100).map(({ kind, more }) => `${more} more of ${kind}`)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}
