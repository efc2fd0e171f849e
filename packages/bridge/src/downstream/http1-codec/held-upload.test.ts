import { describe, expect, it } from "vitest"
import { HeldUpload } from "./held-upload.ts"

const second = 1_000

/** An upload over a fake socket that knows whether it flows. */
function scene(): { upload: HeldUpload; flows: () => boolean } {
  let flows = true
  const socket = { pause: () => void (flows = false), resume: () => void (flows = true) }
  return { upload: new HeldUpload(socket as never), flows: () => flows }
}

describe("an upload that is held back", () => {
  it("is read on up to 256 KiB from the first look on, so that the client's close is noticed", () => {
    const { upload, flows } = scene()
    upload.hold()
    expect(flows()).toBe(false)
    expect(upload.mayHaveLeft(0)).toBe(false)
    expect(flows()).toBe(true)
    upload.received(262_143)
    expect(flows()).toBe(true)
    upload.received(1)
    expect(flows()).toBe(false)
    expect(upload.mayHaveLeft(10 * second)).toBe(false)
    expect(flows()).toBe(false)
  })

  it("is over after 30 s in which the client could have left unnoticed", () => {
    const { upload } = scene()
    upload.hold()
    upload.received(262_144)
    expect(upload.mayHaveLeft(0)).toBe(false)
    expect(upload.mayHaveLeft(29 * second)).toBe(false)
    expect(upload.mayHaveLeft(30 * second)).toBe(true)
  })

  it("starts its time anew once it has flowed again", () => {
    const { upload, flows } = scene()
    upload.hold()
    upload.received(262_144)
    expect(upload.mayHaveLeft(0)).toBe(false)
    upload.flow()
    expect(flows()).toBe(true)
    expect(upload.mayHaveLeft(40 * second)).toBe(false)
    upload.hold()
    upload.received(262_144)
    expect(upload.mayHaveLeft(50 * second)).toBe(false)
  })
})
