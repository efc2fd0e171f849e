import { describe, expect, it } from "vitest"

import { fold } from "./fold.ts"

describe("fold", () => {
  it.each([
    ["Łukasz ZOË", "lukasz zoe"],
    ["Håkansson Østergård", "hakansson ostergard"],
    ["Weiß", "weiss"],
    ["Nguyễn Trần", "nguyen tran"],
    ["Yılmaz İnan", "yilmaz inan"],
    ["ﬁnance", "finance"],
    ["田中 美咲", "田中 美咲"],
    ["Γιώργος", "γιωργος"],
  ])("makes %j comparable: %j", (text, folded) => {
    expect(fold(text)).toBe(folded)
  })
})
