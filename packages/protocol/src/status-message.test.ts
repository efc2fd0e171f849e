import { describe, expect, it } from "vitest"
import { decodeStatusMessage, encodeStatusMessage, normalizeStatusMessage } from "./status-message.ts"

describe("encodeStatusMessage", () => {
  it.each([
    ["", ""],
    ["not found: ~", "not found: ~"],
    ["100% sure", "100%25 sure"],
    ["缺少 😀", "%E7%BC%BA%E5%B0%91 %F0%9F%98%80"],
    ["a\r\nb\0\t\x7f", "a%0D%0Ab%00%09%7F"],
    ["\uFEFFa", "%EF%BB%BFa"],
    ["\x1f !$&~\x7f", "%1F !$&~%7F"],
  ])("encodes %j", (text, encoded) => {
    expect(encodeStatusMessage(text)).toBe(encoded)
    expect(decodeStatusMessage(encoded)).toBe(text)
  })

  it("encodes a lone surrogate as U+FFFD", () => {
    expect(encodeStatusMessage("a\uD800b\uDC00")).toBe("a%EF%BF%BDb%EF%BF%BD")
    expect(encodeStatusMessage("缺\uD800😀\uDC00")).toBe("%E7%BC%BA%EF%BF%BD%F0%9F%98%80%EF%BF%BD")
  })
})

describe("decodeStatusMessage", () => {
  it.each([
    ["%e7%bc%ba", "缺"],
    ["%41%7e", "A~"],
    ["%00", "\0"],
    ["100% sure", "100% sure"],
    ["%", "%"],
    ["%4", "%4"],
    ["%%41", "%A"],
    ["%G1%1G", "%G1%1G"],
    ["%E7%BC", "\uFFFD"],
    ["%FF%41", "\uFFFDA"],
    ["%C0%80", "\uFFFD\uFFFD"],
    ["%ED%A0%80", "\uFFFD\uFFFD\uFFFD"],
    ["\u00e7\u00bc\u00ba", "缺"],
    ["%E7\u00bc%BA", "缺"],
    ["\u00e9t\u00e9", "\uFFFDt\uFFFD"],
    ["缺%E7%BC%BA😀", "缺缺😀"],
    ["\uD800%41", "\uFFFDA"],
    ["%\u0134\u0131", "%\u0134\u0131"],
  ])("decodes %j", (value, text) => {
    expect(decodeStatusMessage(value)).toBe(text)
  })
})

describe("normalizeStatusMessage", () => {
  it.each([
    "",
    "plain text",
    "100%25 sure",
    "%41 need not be encoded, but may",
    "%e7%bc%ba",
    "%E7%BC%BA%E5%B0%91 %F0%9F%98%80",
    "%EF%BF%BD",
    "%0D%0A%00",
    "%30%39 %41%46 %61%66",
    "%20%29 %4a%4f %4A%4F",
    "%c3%a9 %C3%A9 %cF%Bf",
    " ~",
  ])("leaves %j unchanged, because it is valid", (value) => {
    expect(normalizeStatusMessage(value)).toBe(value)
  })

  it.each([
    ["100% sure", "100%25 sure"],
    ["%", "%25"],
    ["a%4", "a%254"],
    ["%/0%:0%@0%G0%`0%g0", "%25/0%25:0%25@0%25G0%25`0%25g0"],
    ["%0/%0:%0@%0G%0`%0g", "%250/%250:%250@%250G%250`%250g"],
    ["\x1f\x7e\x7f", "%1F~%7F"],
    ["%%41", "%25A"],
    ["%zz %E7%BC%BA", "%25zz %E7%BC%BA"],
    ["a\r\ngrpc-status:0", "a%0D%0Agrpc-status:0"],
    ["\0\x7f", "%00%7F"],
    ["%FF", "%EF%BF%BD"],
    ["%E7%BC ok", "%EF%BF%BD ok"],
    ["\u00e7\u00bc\u00ba", "%E7%BC%BA"],
    ["%E7\u00bc%BA", "%E7%BC%BA"],
    ["\u00e9", "%EF%BF%BD"],
    ["缺", "%E7%BC%BA"],
  ])("makes %j safe", (value, normalized) => {
    expect(normalizeStatusMessage(value)).toBe(normalized)
  })
})
