import { expect, it } from "vitest"
import { SharedRuns } from "./shared-runs.ts"

/** Runs that the test ends by hand. */
function scene() {
  const ends: PromiseWithResolvers<number>[] = []
  const runs = new SharedRuns(() => {
    const end = Promise.withResolvers<number>()
    ends.push(end)
    return end.promise
  })
  return { ends, runs }
}

it("of many askers, the first gets a run, and the others share the next one", async () => {
  const { ends, runs } = scene()
  const asked = Array.from({ length: 100 }, () => runs.run())
  expect(ends).toHaveLength(1)
  ends[0].resolve(1)
  expect(await asked[0]).toBe(1)
  expect(ends).toHaveLength(2)
  ends[1].resolve(2)
  expect(await Promise.all(asked.slice(1))).toEqual(Array(99).fill(2))
  expect(ends).toHaveLength(2)
})

it("a run that begins later is not shared with those that asked after its begin", async () => {
  const { ends, runs } = scene()
  const first = runs.run()
  const second = runs.run()
  ends[0].resolve(1)
  await first
  const third = runs.run()
  expect(third).not.toBe(second)
  ends[1].resolve(2)
  await second
  ends[2].resolve(3)
  expect(await third).toBe(3)
})

it("a run that fails ends only for its askers", async () => {
  const { ends, runs } = scene()
  const first = runs.run()
  const second = runs.run()
  ends[0].reject(new Error("unreadable"))
  await expect(first).rejects.toThrow("unreadable")
  ends[1].resolve(2)
  expect(await second).toBe(2)
})
