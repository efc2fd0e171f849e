import { expect, it } from "vitest"

import { ageWords, countedWords, matchWords, percentWords, sentence, sessionWords, streamWords } from "./fleet-words.ts"

it("writes shares and counts as people read them", () => {
  expect([0, 0.125, 0.9, 1].map(percentWords)).toEqual(["0\u00a0%", "12.5\u00a0%", "90\u00a0%", "100\u00a0%"])
  expect([0, 1, 1_200].map((count) => countedWords(count, "call"))).toEqual(["0 calls", "1 call", "1,200 calls"])
})

it("says which calls a route takes", () => {
  expect(["every call", 'x-version is "v2"'].map(matchWords)).toEqual(["takes every call", 'if x-version is "v2"'])
})

it("makes a sentence of the bridge's reason", () => {
  expect(["it fails", "It fails.", ""].map(sentence)).toEqual(["It fails.", "It fails.", ""])
})

it("names only the states that connections are in", () => {
  expect(sessionWords({ open: 0, connecting: 0, draining: 0 })).toBe("none")
  expect(sessionWords({ open: 1, connecting: 0, draining: 2 })).toBe("1 open, 2 draining")
})

it("shows a limit of streams only where there is one", () => {
  expect([streamWords(3, 100), streamWords(3, 0), streamWords(3, 2 ** 32 - 1)]).toEqual(["3 of 100", "3", "3"])
})

it("says how long a connection has been open", () => {
  expect([ageWords(null), ageWords(12)]).toEqual(["–", "for 12 s"])
})
