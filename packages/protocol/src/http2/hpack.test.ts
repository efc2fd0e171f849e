import { describe, expect, it } from "vitest"
import { FieldBlockCache } from "./field-block-cache.ts"
import type { FieldBlock } from "./field-block-decoder.ts"
import { FieldBlockDecoder } from "./field-block-decoder.ts"
import { FieldBlockEncoder } from "./field-block-encoder.ts"
import { decodeHuffman, huffmanLength, maxHuffmanOutput, writeHuffman } from "./huffman.ts"

const limits = { maxTableBytes: 4096, maxBlockBytes: 65_536, maxFields: 100 }

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

function decode(decoder: FieldBlockDecoder | FieldBlockCache, hex: string): FieldBlock | null {
  const bytes = bytesOf(`ffff ${hex} ffff`)
  return decoder.decode(bytes, 2, bytes.length - 2)
}

function encode(encoder: FieldBlockEncoder, fields: readonly string[]): Uint8Array {
  const out = new Uint8Array(encoder.maxBytes(fields))
  return out.subarray(0, encoder.encode(fields, out, 0))
}

const request1 = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"]
const request2 = [...request1, "cache-control", "no-cache"]
const request3 = [":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com"]
const custom = ["custom-key", "custom-value"]
const date = "Mon, 21 Oct 2013 20:13:21 GMT"
const response = (status: string, seconds = 21): string[] => [
  ...[":status", status, "cache-control", "private", "date", date.replace(":21 ", `:${seconds} `)],
  ...["location", "https://www.example.com"],
]
const cookie = ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"]
const response3 = [...response("200", 22), "content-encoding", "gzip", ...cookie]

describe("the examples of RFC 7541, appendix C", () => {
  it.each([
    ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", ["custom-key", "custom-header"]],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", [":path", "/sample/path"]],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", ["password", "secret"]],
    ["C.2.4", "82", [":method", "GET"]],
  ])("%s", (_name, hex, fields) => {
    expect(decode(new FieldBlockDecoder(limits), hex)).toMatchObject({ fields, problem: null })
  })

  it.each([
    [
      "C.3: requests without Huffman code",
      4096,
      [
        ["8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", request1],
        ["8286 84be 5808 6e6f 2d63 6163 6865", request2],
        ["8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", [...request3, ...custom]],
      ],
    ],
    [
      "C.4: requests with Huffman code",
      4096,
      [
        ["8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", request1],
        ["8286 84be 5886 a8eb 1064 9cbf", request2],
        ["8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", [...request3, ...custom]],
      ],
    ],
    [
      "C.5: responses without Huffman code, with evictions",
      256,
      [
        [
          "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e " +
            "1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
          response("302"),
        ],
        ["4803 3330 37c1 c0bf", response("307")],
        [
          "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d " +
            "4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 " +
            "7369 6f6e 3d31",
          response3,
        ],
      ],
    ],
    [
      "C.6: responses with Huffman code, with evictions",
      256,
      [
        [
          "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b " +
            "97c8 e9ae 82ae 43d3",
          response("302"),
        ],
        ["4883 640e ffc1 c0bf", response("307")],
        [
          "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf " +
            "cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
          response3,
        ],
      ],
    ],
  ] as const)("%s", (_name, maxTableBytes, blocks) => {
    for (const decoder of [
      new FieldBlockDecoder({ ...limits, maxTableBytes }),
      new FieldBlockCache(new FieldBlockDecoder({ ...limits, maxTableBytes })),
    ]) {
      for (const [hex, fields] of blocks) expect(decode(decoder, hex)).toMatchObject({ fields, problem: null })
    }
  })
})

describe("Huffman code", () => {
  it("gives back every octet, alone and among others", () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet))
    for (const text of ["", ...all, all, all + all, "www.example.com"]) {
      const encoded = new Uint8Array(huffmanLength(text))
      expect(writeHuffman(encoded, 0, text)).toBe(encoded.length)
      const out = new Uint8Array(maxHuffmanOutput(encoded.length))
      const length = decodeHuffman(encoded, 0, encoded.length, out)
      expect(String.fromCharCode(...out.subarray(0, length))).toBe(text)
    }
  })

  it("refuses EOS, padding of zeros and padding of more than seven bits (RFC 7541 §5.2)", () => {
    const out = new Uint8Array(100)
    for (const hex of ["3fff ffff ff", "00", "ff", "1f ff", "f8 00"]) {
      const bytes = bytesOf(hex)
      expect(decodeHuffman(bytes, 0, bytes.length, out), hex).toBe(-1)
    }
  })
})

describe("a block that is no HPACK", () => {
  it.each([
    ["index 0", "80"],
    ["an index beyond the table", "be"],
    ["the name of an index beyond the table", "7e 01 61"],
    ["a string that is longer than the block", "00 05 61"],
    ["no value", "00 01 61"],
    ["no string at all", "40"],
    ["an integer without an end", "ff ff ff"],
    ["an integer that no table reaches", "ff ff ff ff ff ff ff 0f"],
    ["a table beyond our limit", "3f e2 1f"],
    ["a new size of the table behind a field", "82 3f e1 1f"],
    ["wrong Huffman code", "00 81 00 01 61"],
  ])("is refused: %s", (_what, hex) => {
    expect(decode(new FieldBlockDecoder(limits), hex)).toBeNull()
  })
})

describe("limits", () => {
  it("leave the table in step: a block that is too large is a problem of its own", () => {
    const decoder = new FieldBlockDecoder({ ...limits, maxBlockBytes: 20 })
    const remember = "40 01 61 0a 30313233343536373839"
    expect(decode(decoder, remember)).toMatchObject({ bytes: 11, problem: null })
    expect(decode(decoder, "be be 82 40 01 62 01 63")).toMatchObject({ bytes: 34, count: 4, problem: "too-large" })
    expect(decode(decoder, "be bf")).toMatchObject({ fields: ["b", "c", "a", "0123456789"], problem: null })
  })

  it("bound the number of fields", () => {
    expect(decode(new FieldBlockDecoder({ ...limits, maxFields: 3 }), "82 82 82 82")).toMatchObject({
      problem: "too-large",
    })
  })

  it("bound what a block holds, not what it says", () => {
    const decoder = new FieldBlockDecoder({ ...limits, maxBlockBytes: 10_000 })
    decode(decoder, `40 01 61 7f 81 1e ${"30".repeat(4_000)}`)
    expect(decode(decoder, "be".repeat(5_000))?.fields.length).toBeLessThanOrEqual(6)
  })
})

describe("names and values (RFC 9113 §8.2.1)", () => {
  it.each([
    ["an upper-case letter", "00 01 41 01 61"],
    ["a blank in the name", "00 01 20 01 61"],
    ["no name", "00 00 01 61"],
    ["a colon alone", "00 01 3a 01 61"],
    ["a bad name out of the table, with a good value", "40 01 41 01 61 0f 2f 01 62"],
  ])("are malformed: %s", (_what, hex) => {
    expect(decode(new FieldBlockDecoder(limits), hex)).toMatchObject({ problem: "malformed" })
  })

  it("are malformed out of the table too", () => {
    const decoder = new FieldBlockDecoder(limits)
    decode(decoder, "40 01 41 01 61")
    expect(decode(decoder, "be")).toMatchObject({ problem: "malformed" })
    expect(decode(decoder, "0f 2f 01 62")).toMatchObject({ problem: "malformed" })
  })

  it("leave out a field whose value has a control character, or a blank at an end, as nghttp2 does", () => {
    const fields = ["b", "c"]
    for (const octet of ["00", "0a", "0d", "7f"])
      expect(decode(new FieldBlockDecoder(limits), `00 01 61 01 ${octet} 00 01 62 01 63`)).toMatchObject({ fields })
    expect(decode(new FieldBlockDecoder(limits), "00 01 61 02 20 61 00 01 62 01 63")).toMatchObject({ fields })
    expect(decode(new FieldBlockDecoder(limits), "00 01 61 02 61 09 00 01 62 01 63")).toMatchObject({ fields })
  })
})

describe("the cache", () => {
  it("gives back the same object for the same bytes, until the table changes", () => {
    const cache = new FieldBlockCache(new FieldBlockDecoder(limits))
    const first = decode(cache, "88 00 01 61 01 62")
    expect(decode(cache, "88 00 01 61 01 62")).toBe(first)
    decode(cache, "40 01 61 01 62")
    expect(decode(cache, "88 00 01 61 01 62")).not.toBe(first)
  })

  it("decodes anew what refers to a table that has changed", () => {
    const cache = new FieldBlockCache(new FieldBlockDecoder(limits))
    decode(cache, "40 01 61 01 31")
    expect(decode(cache, "be")).toMatchObject({ fields: ["a", "1"] })
    decode(cache, "40 01 61 01 32")
    expect(decode(cache, "be")).toMatchObject({ fields: ["a", "2"] })
  })
})

describe("an encoder", () => {
  it("lets the other end remember the fields that it is told, and no others", () => {
    const encoder = new FieldBlockEncoder([":path", ":authority", "te"])
    const fields = [":method", "POST", ":path", "/a.B/C", ":authority", "x", "te", "trailers", "x-id", "1"]
    const first = encode(encoder, fields)
    const second = encode(encoder, fields)
    expect([...second.subarray(0, 4)]).toEqual([0x83, 0xc0, 0xbf, 0xbe])
    const decoder = new FieldBlockDecoder(limits)
    for (const block of [first, second]) expect(decoder.decode(block, 0, block.length)).toMatchObject({ fields })
  })

  it("never lets a secret be indexed, even when it is told to (RFC 7541 §7.1.3)", () => {
    const encoder = new FieldBlockEncoder(["authorization", "cookie"])
    expect(encode(encoder, ["authorization", "a"])).toEqual(bytesOf("1f 08 01 61"))
    expect(encode(encoder, ["cookie", "a"])).toEqual(bytesOf("1f 11 01 61"))
    expect(encode(encoder, ["authorization", "a"])).toEqual(bytesOf("1f 08 01 61"))
  })

  it("keeps to the table size of the other end, and tells the least and the last (RFC 7541 §4.2)", () => {
    const encoder = new FieldBlockEncoder(["a"])
    const decoder = new FieldBlockDecoder(limits)
    const send = (value: string): void => {
      const block = encode(encoder, ["a", value])
      expect(decoder.decode(block, 0, block.length)).toMatchObject({ fields: ["a", value], problem: null })
    }
    send("1")
    encoder.limitTable(0)
    encoder.limitTable(100)
    expect([...encode(encoder, [])]).toEqual([0x20, 0x3f, 0x45])
    for (const bytes of [0, 40, 100_000, 50, 4096]) {
      encoder.limitTable(bytes)
      for (let i = 0; i < 5; i++) send(`${i % 2}`)
    }
  })
})
