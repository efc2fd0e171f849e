import { expect, it } from "vitest"
import { OpenCalls } from "./open-calls.ts"

it("holds the calls that were added and not deleted, in whatever order they leave", () => {
  const calls = new OpenCalls<{ name: string; place: number }>()
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ name, place: -1 }))
  const names = (): string[] =>
    calls
      .all()
      .map(({ name }) => name)
      .toSorted()
  for (const call of [a, b, c, d]) calls.add(call)
  calls.delete(b)
  expect(names()).toEqual(["a", "c", "d"])
  calls.delete(d)
  expect(names()).toEqual(["a", "c"])
  calls.delete(c)
  calls.add(b)
  calls.delete(a)
  expect(names()).toEqual(["b"])
  calls.delete(b)
  expect(names()).toEqual([])
})

it("gives back a copy, so that calls may leave while it is read", () => {
  const calls = new OpenCalls<{ place: number }>()
  const both = [{ place: -1 }, { place: -1 }]
  for (const call of both) calls.add(call)
  for (const call of calls.all()) calls.delete(call)
  expect(calls.all()).toEqual([])
})
