import { expect, it } from "vitest"

import type { VersionAnswer } from "../../api/versions.ts"
import { tallyOf, tallyWords } from "./version-tally.ts"

const by = (version: string): VersionAnswer => ({ kind: "answered", by: version })
const failed = (title: string, label: string): VersionAnswer => ({ kind: "failed", title, labels: [label] })

it("counts answers by version", () => {
  const tally = tallyOf([by("v2"), by("v1"), by("v1")])
  expect(tally).toEqual({
    answered: [
      { by: "v1", count: 2 },
      { by: "v2", count: 1 },
    ],
    failed: [],
  })
  expect(tallyWords(tally)).toBe("2 answered by v1, 1 by v2.")
})

it("counts failures by their words, the most frequent first", () => {
  const tally = tallyOf([failed("slow", "A"), failed("away", "B"), by("v1"), failed("away", "B")])
  expect(tally.failed).toEqual([
    { title: "away", labels: ["B"], count: 2 },
    { title: "slow", labels: ["A"], count: 1 },
  ])
  expect(tallyWords(tally)).toBe("1 answered by v1, 3 failed.")
})

it("has no words for no answers, and few for failures alone", () => {
  expect(tallyWords(tallyOf([]))).toBe("")
  expect(tallyWords(tallyOf([failed("away", "B")]))).toBe("1 failed.")
})
