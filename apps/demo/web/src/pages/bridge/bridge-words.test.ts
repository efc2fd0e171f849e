import { expect, it } from "vitest"

import { byteWords, countWords, durationWords, latencyWords, rateWords, uptimeWords } from "./bridge-words.ts"

it("writes numbers as people read them", () => {
  expect(countWords(12_345n)).toBe("12,345")
  expect([0, 0.25, 9.96, 1234.5].map(rateWords)).toEqual(["0", "0.3", "10", "1,235"])
  expect([0n, 1_023, 1_536n, 5 * 1024 ** 2, 3 * 1024 ** 3].map(byteWords)).toEqual([
    "0 B",
    "1,023 B",
    "1.5 KiB",
    "5 MiB",
    "3 GiB",
  ])
  expect([0, 0.44, 25, 1_250].map(durationWords)).toEqual(["0 ms", "0.4 ms", "25 ms", "1.3 s"])
  expect([null, 5, Infinity].map(latencyWords)).toEqual(["–", "≤ 5 ms", "> 10 s"])
  expect([-5, 12_000, 300_000, 12_000_000].map(uptimeWords)).toEqual(["0 s", "12 s", "5 min", "3 h 20 min"])
})
