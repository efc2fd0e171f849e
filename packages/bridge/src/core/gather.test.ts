import { expect, it } from "vitest"
import { gather } from "./gather.ts"

it("one chunk is not copied, several are joined in order", () => {
  const [a, b] = [Buffer.from("a"), Buffer.from("b")]
  expect(gather([a])).toBe(a)
  expect(Buffer.from(gather([a, b, a])).toString()).toBe("aba")
})
