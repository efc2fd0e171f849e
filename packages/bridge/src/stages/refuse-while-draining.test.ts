import { expect, it } from "vitest"
import type { Call } from "../core/call.ts"
import { refuseWhileDraining } from "./refuse-while-draining.ts"

const call = {} as Call

it("refuses new calls while the bridge drains, and checks the state for each call", async () => {
  let isDraining = false
  const handler = refuseWhileDraining(
    () => isDraining,
    () => Promise.reject(new Error("next was called")),
  )
  await expect(handler(call)).rejects.toThrow("next was called")
  isDraining = true
  expect(() => handler(call)).toThrow(expect.objectContaining({ reason: "draining", code: 14 }))
})
