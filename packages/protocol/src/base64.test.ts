import { describe, expect, it } from "vitest"
import { whyNotLinear } from "../../../tools/fuzz/linear.ts"
import { bytesOf, concat, everySplit, latin1 } from "../fuzz/chunks.ts"
import { Base64Decoder, encodeBase64 } from "./base64.ts"
import { encodeFrame } from "./frame.ts"

/**
 * The different results of decoding a text that is cut in every way. One element if the cuts make no difference; null:
 * refused.
 */
function decodings(text: string): (string | null)[] {
  return [...new Set(everySplit(latin1(text)).map(decode))]
}

function decode(chunks: readonly Uint8Array[]): string | null {
  const decoder = new Base64Decoder()
  const parts = chunks.map((chunk) => decoder.push(chunk))
  parts.push(decoder.end())
  return parts.includes(null) ? null : Buffer.concat(parts.filter((part) => part !== null)).toString("latin1")
}

describe("Base64Decoder", () => {
  it.each([
    ["", ""],
    ["Zg==", "f"],
    ["Zm8=", "fo"],
    ["Zm9v", "foo"],
    ["Zm9vYg==", "foob"],
    ["Zm9vYmE=", "fooba"],
    ["Zm9vYmFy", "foobar"],
  ])("decodes %j, an example of RFC 4648, however it is cut", (text, decoded) => {
    expect(decodings(text)).toEqual([decoded])
  })

  it("decodes every character of the alphabet", () => {
    const text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    expect(decodings(text)).toEqual([Buffer.from(text, "base64").toString("latin1")])
  })

  it("goes on after padding, because a body is a sequence of segments", () => {
    expect(decodings("Zg==Zm8=Zm9vZg==")).toEqual(["ffofoof"])
    const frames = [encodeFrame(0, bytesOf(1, 2, 3)), encodeFrame(0, bytesOf(4))]
    const row = frames.map((frame) => Buffer.from(frame).toString("base64")).join("")
    expect(decodings(row)).toEqual([Buffer.concat(frames).toString("latin1")])
  })

  it.each([
    ["Zg", "f"],
    ["Zg=", "f"],
    ["Zm8", "fo"],
    ["Zg==Zm8", "ffo"],
  ])("accepts %j, whose last segment lacks padding", (text, decoded) => {
    expect(decodings(text)).toEqual([decoded])
  })

  it.each(["Z", "Zm9vZ", "Zg==Z"])("refuses %j, which ends after the first character of a group", (text) => {
    expect(decodings(text)).toEqual([null])
  })

  it.each(["=", "Z=", "Z===", "Zm9v=", "Zg===", "Zg=Z", "Zg=Zm9v", "Zm8==", "Zm9vYmFy=="])(
    "refuses the padding of %s",
    (text) => {
      expect(decodings(text)).toEqual([null])
    },
  )

  it("refuses every byte outside the standard alphabet, white space too", () => {
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
    for (const char of bytes.filter((byte) => !/[A-Za-z0-9+/=]/.test(byte))) {
      for (const text of [`${char}AAA`, `AAA${char}`, `AAAAA${char}AA`]) expect(decodings(text)).toEqual([null])
    }
  })

  it("ignores bits left over before padding", () => {
    expect(decodings("Zh==")).toEqual(["f"])
    expect(decodings("Zm9=")).toEqual(["fo"])
  })

  it("refuses everything after its first refusal", () => {
    const decoder = new Base64Decoder()
    expect(decoder.push(latin1("Zm9v*"))).toBeNull()
    expect(decoder.push(latin1("Zm9v"))).toBeNull()
    expect(decoder.end()).toBeNull()
  })

  it("gives bytes as soon as a group is complete, in memory that nothing else uses", () => {
    const decoder = new Base64Decoder()
    const chunk = latin1("Zm9vYg")
    expect(decoder.push(chunk)).toEqual(latin1("foo"))
    expect(decoder.push(latin1("="))).toEqual(bytesOf())
    expect(decoder.push(latin1("="))).toEqual(latin1("b"))
    expect(decoder.end()).toEqual(bytesOf())
  })

  it.each([
    ["Zg==", 1],
    ["Zm8=", 2],
    ["Zm9v", 3],
    ["Zm9vYmE=", 5],
  ])("takes no more memory than the bytes of %j", (text, bytes) => {
    expect(new Base64Decoder().push(latin1(text))?.buffer.byteLength).toBe(bytes)
  })

  it("takes 10 MiB in chunks of 1 KiB", () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 10 << 20 }, (_, at) => at * 31 + (at >> 8)))
    const text = Buffer.from(bytes.toString("base64"))
    const decoder = new Base64Decoder()
    const parts: Uint8Array[] = []
    for (let at = 0; at < text.length; at += 1021) parts.push(decoder.push(text.subarray(at, at + 1021)) ?? bytesOf())
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
  })

  it("takes single characters in linear time", () => {
    const read = (text: string): void => {
      const [decoder, bytes] = [new Base64Decoder(), latin1(text)]
      for (let at = 0; at < bytes.length; at++) decoder.push(bytes.subarray(at, at + 1))
    }
    expect(whyNotLinear(read, (length) => "A".repeat(length), 262_144)).toBeNull()
  })
})

describe("encodeBase64", () => {
  it("agrees with Node for every length", () => {
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => at * 7 + length)
      expect(Buffer.from(encodeBase64(bytes)).toString("latin1")).toBe(Buffer.from(bytes).toString("base64"))
    }
  })

  it("makes a segment that can be joined to another", () => {
    const row = concat([encodeBase64(bytesOf(1)), encodeBase64(bytesOf(2, 3)), encodeBase64(bytesOf(4, 5, 6))])
    expect(decode([row])).toBe("\x01\x02\x03\x04\x05\x06")
  })
})

describe("Base64Decoder.pushUpToError", () => {
  it.each([
    ["Zm9v*m9v", "foo"],
    ["Zm9vYg==Zm9v=Zm9v", "foobfoo"],
    ["Zm9vYm=y", "foo"],
    ["*", ""],
  ])("gives the bytes before the error in %j however it is cut, and nothing afterwards", (text, decoded) => {
    for (const chunks of everySplit(latin1(text))) {
      const decoder = new Base64Decoder()
      const parts = chunks.map((chunk) => decoder.pushUpToError(chunk))
      expect(Buffer.concat(parts).toString("latin1")).toBe(decoded)
      expect(decoder.isBroken).toBe(true)
      expect(decoder.pushUpToError(latin1("Zm9v"))).toHaveLength(0)
      expect(decoder.end()).toBeNull()
    }
  })

  it("gives the same bytes as push for valid text", () => {
    const decoder = new Base64Decoder()
    expect(decoder.pushUpToError(latin1("Zm9v"))).toEqual(latin1("foo"))
    expect(decoder.isBroken).toBe(false)
  })
})
