import { describe, expect, it } from "vitest"

import { consoleOrigins, urlOf } from "./addresses.ts"

describe("where the console is", () => {
  it("has both spellings of this machine as origins", () => {
    expect(consoleOrigins("127.0.0.1", 5173)).toEqual(["http://127.0.0.1:5173", "http://localhost:5173"])
  })

  it("has only its own address where one was named", () => {
    expect(consoleOrigins("192.0.2.7", 80)).toEqual(["http://192.0.2.7:80"])
  })

  it("writes IPv6 in brackets, and every address as one that a browser can open", () => {
    expect(urlOf("::1", 5173)).toBe("http://[::1]:5173")
    expect(urlOf("0.0.0.0", 5173)).toBe("http://127.0.0.1:5173")
    expect(consoleOrigins("0.0.0.0", 5173)).toContain("http://localhost:5173")
  })
})
