import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { elsewhere } from "./cases/elsewhere.ts"
import { themes } from "./cases/themes.ts"
import { variantsOf } from "./variant.ts"
import { titleOf } from "./wire-case.ts"

const ids = (letter: string, last: number): string[] => Array.from({ length: last }, (_, i) => `${letter}${i + 1}`)
const cases = themes.flatMap(([, all]) => all)

it("every rule (R1 to R34) and every case (C1 to C64) of the list is a test here, or names the place of its test", () => {
  const known = new Set([...cases, ...elsewhere].map(({ id }) => id))
  expect([...ids("R", 34), ...ids("C", 64)].filter((id) => !known.has(id))).toEqual([])
})

it("every case that is left to the client has a test of its name in client.test.ts", async () => {
  const source = await readFile(new URL("client.test.ts", import.meta.url), "utf8")
  const missing = elsewhere.filter(({ id, why }) => why.includes("client.test.ts") && !source.includes(`"${id} `))
  expect(missing).toEqual([])
})

it("all tests have different names", () => {
  const titles = cases.flatMap((one) => variantsOf(one.span).map((variant) => titleOf(one, variant)))
  expect(titles.length).toBe(new Set(titles).size)
})
