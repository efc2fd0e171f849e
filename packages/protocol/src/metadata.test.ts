import { describe, expect, it } from "vitest"
import { bytesOf } from "../fuzz/chunks.ts"
import {
  appendBinaryValues,
  decodeBinaryValue,
  emptyMetadata,
  encodeBinaryValue,
  isMetadataName,
  isSafeValue,
  MetadataList,
} from "./metadata.ts"

describe("MetadataList", () => {
  const metadata = new MetadataList(["x", "a", "y", "", "x", "b"])

  it("keeps order and duplicates", () => {
    expect([...metadata]).toEqual([
      ["x", "a"],
      ["y", ""],
      ["x", "b"],
    ])
    expect(metadata.size).toBe(3)
    expect(metadata.getAll("x")).toEqual(["a", "b"])
  })

  it("gets the first value, an empty one too", () => {
    expect(metadata.get("x")).toBe("a")
    expect(metadata.get("y")).toBe("")
    expect(metadata.has("y")).toBe(true)
  })

  it("has nothing under other names, nor under the names of an object's built-in properties", () => {
    for (const name of ["z", "a", "", "__proto__", "constructor", "length"]) {
      expect(metadata.get(name)).toBeNull()
      expect(metadata.getAll(name)).toEqual([])
      expect(metadata.has(name)).toBe(false)
    }
  })

  it("treats a name like __proto__ as any other", () => {
    expect(new MetadataList(["__proto__", "1"]).get("__proto__")).toBe("1")
  })

  it("never finds a value when it looks for a name", () => {
    expect(new MetadataList(["a", "b", "c", "d"]).get("b")).toBeNull()
  })

  it("appends at the end", () => {
    const list = new MetadataList()
    list.append("b", "1")
    list.append("a", "2")
    list.append("b", "3")
    const flat = ["before", "0"]
    list.appendTo(flat)
    expect(flat).toEqual(["before", "0", "b", "1", "a", "2", "b", "3"])
  })
})

describe("emptyMetadata", () => {
  it("has no entry and takes none", () => {
    expect(() => emptyMetadata.append("x-a", "1")).toThrow(
      new TypeError('cannot append "x-a" to emptyMetadata, which all calls share: make a new MetadataList'),
    )
    expect([...emptyMetadata]).toEqual([])
    expect(emptyMetadata.size).toBe(0)
  })
})

describe("isMetadataName", () => {
  it.each(["a", "0", "grpc-status", "x_y.z-bin", "-", "_", "."])("accepts %s", (name) => {
    expect(isMetadataName(name)).toBe(true)
  })

  it("accepts no other character anywhere", () => {
    for (let char = 0; char < 0x200; char++) {
      const isLegal = /[0-9a-z_.-]/.test(String.fromCharCode(char))
      expect(isMetadataName(`a${String.fromCharCode(char)}b`)).toBe(isLegal)
    }
    for (const name of ["", ":path", "X", "a b", "K"]) expect(isMetadataName(name)).toBe(false)
  })
})

describe("isSafeValue", () => {
  it("refuses characters that could forge a line, and characters that are not one byte", () => {
    for (let char = 0; char < 0x200; char++) {
      const isSafe = char <= 0xff && ![0, 0x0a, 0x0d].includes(char)
      expect(isSafeValue(`a${String.fromCharCode(char)}b`)).toBe(isSafe)
    }
    expect(isSafeValue("")).toBe(true)
    expect(isSafeValue("😀")).toBe(false)
  })
})

describe("encodeBinaryValue", () => {
  it("is base64 without padding", () => {
    expect(encodeBinaryValue(bytesOf())).toBe("")
    expect(encodeBinaryValue(bytesOf(0xff))).toBe("/w")
    expect(encodeBinaryValue(bytesOf(0xff, 0xfe))).toBe("//4")
    expect(encodeBinaryValue(bytesOf(0xfb, 0xef, 0xbe))).toBe("++++")
  })

  it("agrees with Node for every length", () => {
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => at * 11 + length)
      expect(encodeBinaryValue(bytes)).toBe(Buffer.from(bytes).toString("base64").replaceAll("=", ""))
    }
  })
})

describe("decodeBinaryValue", () => {
  it("reads padded and unpadded values", () => {
    for (const value of ["/w", "/w=", "/w=="]) expect(decodeBinaryValue(value)).toEqual([bytesOf(0xff)])
    for (const value of ["//4", "//4="]) expect(decodeBinaryValue(value)).toEqual([bytesOf(0xff, 0xfe)])
    expect(decodeBinaryValue("++++")).toEqual([bytesOf(0xfb, 0xef, 0xbe)])
  })

  it("splits a list that an intermediary joined, in order", () => {
    const items = [bytesOf(1), bytesOf(2, 3), bytesOf(4)]
    for (const value of ["AQ,AgM,BA", "AQ==, AgM=, BA==", " AQ\t,AgM , BA "])
      expect(decodeBinaryValue(value)).toEqual(items)
  })

  it("reads an empty item as no bytes", () => {
    expect(decodeBinaryValue("")).toEqual([bytesOf()])
    expect(decodeBinaryValue("AQ,,")).toEqual([bytesOf(1), bytesOf(), bytesOf()])
    expect(decodeBinaryValue(",AQ")).toEqual([bytesOf(), bytesOf(1)])
    expect(decodeBinaryValue(" ,\t, AQ")).toEqual([bytesOf(), bytesOf(), bytesOf(1)])
  })

  it.each([
    "A",
    "AQID=",
    "AQI==",
    "AQ===",
    "=",
    "====",
    "AQ==AQ==",
    "A Q",
    "AQ= =",
    "AQ == x",
    "A*",
    "-_",
    "AQ,*",
    "AQ\u00a0",
    "é",
    "缺",
  ])("refuses %j", (value) => {
    expect(decodeBinaryValue(value)).toBeNull()
  })
})

describe("appendBinaryValues", () => {
  it("makes an entry of each value, without the blanks around it, and gives their number", () => {
    const flat = ["x-a", "1"]
    expect(appendBinaryValues("x-b-bin", "AQ==, AgM\t,,BA", flat)).toBe(4)
    expect(flat).toEqual(["x-a", "1", "x-b-bin", "AQ==", "x-b-bin", "AgM", "x-b-bin", "", "x-b-bin", "BA"])
    expect(appendBinaryValues("x-b-bin", "AQ", flat)).toBe(1)
    expect(flat.slice(-2)).toEqual(["x-b-bin", "AQ"])
  })

  it("keeps every byte string of a list", () => {
    for (const list of ["", "AQ", "AQ,,", "AQID, AQI=,/w"]) {
      const flat: string[] = []
      appendBinaryValues("x-bin", list, flat)
      const values = flat.filter((_, i) => i % 2 === 1)
      expect(values.flatMap((value) => decodeBinaryValue(value))).toEqual(decodeBinaryValue(list))
    }
  })
})
