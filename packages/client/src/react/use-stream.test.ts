import { Code } from "@connectrpc/connect"
import { createElement, StrictMode } from "react"
import { describe, expect, it } from "vitest"
import { createFakeMethod } from "../../test/fake-calls.ts"
import { mount, whileReactRenders } from "../../test/mounted.ts"
import type { Mounted } from "../../test/mounted.ts"
import { resumable } from "../resumable/resumable.ts"
import { RpcError } from "../rpc-error.ts"
import { createHeldClock } from "../testing/held-clock.ts"
import { latest, useStream } from "./use-stream.ts"
import type { StreamView } from "./use-stream.ts"

const cut = new RpcError("the connection broke", Code.Unavailable, { source: "network" })

interface Props {
  readonly room?: string
  readonly isOff?: boolean
}

/** A component that shows the last three messages of a stream, and a screen whose frames the test controls. */
function setUp({ isResumable = false } = {}) {
  const fake = createFakeMethod()
  const clock = createHeldClock()
  const watch = isResumable
    ? resumable(fake.method, { resume: (after) => ({ after }), clock, random: () => 0.5 })
    : fake.method
  const views: StreamView<readonly string[]>[] = []
  const due: (() => void)[] = []
  function Feed({ room = "a", isOff = false }: Props): null {
    const open = isOff ? null : (signal: AbortSignal) => watch({ after: room }, { signal })
    views.push(
      useStream(open, {
        reduce: latest<string>(3),
        initial: [],
        deps: [room],
        schedule: (publish) => due.push(publish),
      }),
    )
    return null
  }
  return {
    ...fake,
    clock,
    views,
    feed: (props: Props = {}) => createElement(Feed, props),
    view: () => views.at(-1) ?? expect.fail("nothing was rendered"),
    draw: () =>
      whileReactRenders(() => {
        for (const publish of due.splice(0)) publish()
      }),
    isDue: () => due.length,
  }
}

async function closed(...mounted: Mounted[]): Promise<void> {
  for (const tree of mounted) await tree.unmount()
}

describe("useStream", () => {
  it("opens the stream when it mounts, shows its messages, and cancels it when it unmounts", async () => {
    const { feed, view, draw, calls, call } = setUp()
    const tree = await mount(feed())
    expect(view()).toMatchObject({ value: [], state: { kind: "connecting" } })
    await call().send("1", "2")
    await draw()
    expect(view()).toMatchObject({ value: ["1", "2"], state: { kind: "open" } })
    await tree.unmount()
    expect(call().signal.aborted).toBe(true)
    expect(calls).toHaveLength(1)
  })

  it("renders once per frame, however many messages arrive", async () => {
    const { feed, view, views, draw, call, isDue } = setUp()
    const tree = await mount(feed())
    await draw()
    const before = views.length
    await call().send(...Array.from({ length: 50 }, (_, index) => String(index)))
    expect(views).toHaveLength(before)
    expect(isDue()).toBe(1)
    await draw()
    expect(views).toHaveLength(before + 1)
    expect(view().value).toEqual(["47", "48", "49"])
    await closed(tree)
  })

  it("shows the last message by default", async () => {
    const fake = createFakeMethod()
    const values: (string | undefined)[] = []
    const schedule = (publish: () => void) => publish()
    function Last(): null {
      values.push(useStream((signal) => fake.method({ after: "" }, { signal }), { schedule }).value)
      return null
    }
    const tree = await mount(createElement(Last))
    await whileReactRenders(() => fake.call().send("1", "2"))
    expect(values[0]).toBeUndefined()
    expect(values.at(-1)).toBe("2")
    await closed(tree)
  })

  it("in StrictMode, which mounts twice, opens one stream", async () => {
    const { feed, view, draw, calls, call } = setUp()
    const tree = await mount(createElement(StrictMode, null, feed()))
    expect(calls).toHaveLength(1)
    expect(call().signal.aborted).toBe(false)
    await call().send("1")
    await draw()
    expect(view().value).toEqual(["1"])
    await closed(tree)
    expect(call().signal.aborted).toBe(true)
  })

  it("opens the stream again, from the initial value, when a dependency changes", async () => {
    const { feed, view, draw, calls, call } = setUp()
    const tree = await mount(feed({ room: "a" }))
    await call().send("1")
    await draw()
    await tree.rerender(feed({ room: "a" }))
    expect(calls).toHaveLength(1)
    await tree.rerender(feed({ room: "b" }))
    expect(view()).toMatchObject({ value: [], state: { kind: "connecting" } })
    expect(calls.map(({ request, signal }) => [request.after, signal.aborted])).toEqual([
      ["a", true],
      ["b", false],
    ])
    await calls[0].send("late")
    await call().send("2")
    await draw()
    expect(view().value).toEqual(["2"])
    await closed(tree)
  })

  it("has no stream while there is nothing to open", async () => {
    const { feed, view, draw, calls, call } = setUp()
    const tree = await mount(feed({ isOff: true }))
    expect(view().state).toEqual({ kind: "closed", error: null })
    view().reconnect()
    expect(calls).toHaveLength(0)
    await tree.rerender(feed())
    await call().send("1")
    await draw()
    expect(view().value).toEqual(["1"])
    await tree.rerender(feed({ isOff: true }))
    expect(call().signal.aborted).toBe(true)
    expect(view()).toMatchObject({ value: [], state: { kind: "closed", error: null } })
    await closed(tree)
  })

  it("keeps the messages and shows the error of a failed stream; reconnect opens it again", async () => {
    const { feed, view, draw, calls, call } = setUp()
    const tree = await mount(feed())
    await call().send("1")
    await call().end(cut)
    await draw()
    expect(view()).toMatchObject({ value: ["1"], state: { kind: "closed", error: cut } })
    view().reconnect()
    await draw()
    expect(view()).toMatchObject({ value: [], state: { kind: "connecting" } })
    expect(calls).toHaveLength(2)
    await closed(tree)
  })

  it("is closed without an error at the end of the messages", async () => {
    const { feed, view, draw, call } = setUp()
    const tree = await mount(feed())
    await call().end()
    await draw()
    expect(view().state).toEqual({ kind: "closed", error: null })
    await closed(tree)
  })

  it("shows the state of a resumable stream, and continues with its messages", async () => {
    const { feed, view, draw, calls, call } = setUp({ isResumable: true })
    const tree = await mount(feed())
    await call().send("1")
    await call().end(cut)
    await draw()
    expect(view()).toMatchObject({ value: ["1"], state: { kind: "waiting", attempt: 2, untilMs: 500, error: cut } })
    await whileReactRenders(view().reconnect)
    await call().send("2")
    await draw()
    expect(calls.map(({ request }) => request.after)).toEqual(["a", "1"])
    expect(view()).toMatchObject({ value: ["1", "2"], state: { kind: "open" } })
    await closed(tree)
  })

  it("is closed by an error of the reducer or of open", async () => {
    const defect = new TypeError("not a function")
    const views: StreamView<string>[] = []
    const fake = createFakeMethod()
    const schedule = (publish: () => void) => publish()
    const fail = (): never => {
      throw defect
    }
    function Broken({ open }: { open: () => AsyncIterable<string> }): null {
      views.push(useStream(open, { reduce: fail, initial: "", schedule }))
      return null
    }
    const reducing = await mount(createElement(Broken, { open: () => fake.method({ after: "" }) }))
    await whileReactRenders(() => fake.call().send("1"))
    expect(views.at(-1)?.state).toMatchObject({ kind: "closed", error: { cause: defect } })
    const opening = await mount(createElement(Broken, { open: fail }))
    expect(views.at(-1)?.state).toMatchObject({ kind: "closed", error: { cause: defect } })
    await closed(reducing, opening)
  })
})

describe("latest", () => {
  it("keeps the last `count` messages", () => {
    const keep = latest<number>(2)
    expect(keep([], 1)).toEqual([1])
    expect(keep([1], 2)).toEqual([1, 2])
    expect(keep([1, 2], 3)).toEqual([2, 3])
    expect(latest<number>(1)([1], 2)).toEqual([2])
  })
})
