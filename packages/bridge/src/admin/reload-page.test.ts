import { expect, it } from "vitest"
import { reloadPage } from "./reload-page.ts"

it("twenty requests in a row make two reloads: the running one and one after it, whose result they share", async () => {
  const ends: PromiseWithResolvers<void>[] = []
  const page = reloadPage(async () => {
    const end = Promise.withResolvers<void>()
    const number = ends.push(end)
    await end.promise
    return { kind: "applied", needRestart: [`reload ${number}`], warnings: [] }
  })
  const ask = async () => page.answer({ query: "", origin: undefined, isFromOperator: true })
  const asked = Array.from({ length: 20 }, ask)
  expect(ends).toHaveLength(1)
  ends[0].resolve()
  expect(await asked[0]).toMatchObject({ status: 200, text: expect.stringContaining("reload 1") as string })
  ends[1].resolve()
  for (const { text } of (await Promise.all(asked)).slice(1)) expect(text).toContain("reload 2")
  expect(ends).toHaveLength(2)
})
