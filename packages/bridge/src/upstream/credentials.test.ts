import { MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { appendWithCredentials, credentialFields, noCredentials, readToken } from "./credentials.ts"

describe("the credentials of an upstream", () => {
  it("are fields with lower-case names, and the token last", () => {
    expect(credentialFields([["X-Api-Key", "k"]], "t.o-k")).toEqual(["x-api-key", "k", "authorization", "Bearer t.o-k"])
    expect(credentialFields([], null)).toBe(noCredentials)
  })

  it("replace all that the client has sent under their names", () => {
    const metadata = new MetadataList([
      "authorization",
      "Bearer stolen",
      "x-a",
      "1",
      "authorization",
      "Basic x",
      "x-a",
      "2",
    ])
    const fields = ["te", "trailers"]
    appendWithCredentials(metadata, ["authorization", "Bearer ours", "x-b", "3"], fields)
    expect(fields).toEqual(["te", "trailers", "x-a", "1", "x-a", "2", "authorization", "Bearer ours", "x-b", "3"])
  })
})

it("replace other spellings of their names, which a backend may read as the same", () => {
  const fields: string[] = []
  appendWithCredentials(new MetadataList(["x_api_key", "forged", "x_a", "1"]), ["x-api-key", "ours"], fields)
  expect(fields).toEqual(["x_a", "1", "x-api-key", "ours"])
})

describe("a token's file", () => {
  it.each(["eyJh.eyJz.c2ln_-", "abc==", "a/b+c~d"])("holds the token, with or without whitespace: %s", (token) => {
    expect(readToken(token)).toBe(token)
    expect(readToken(`\n ${token}\r\n`)).toBe(token)
  })

  it.each([
    ["", "it is empty"],
    [" \n", "it is empty"],
    ["Bearer secret", "it begins with the word Bearer"],
    ["secret\nx-admin: 1", "it holds characters that no token has"],
    ["secret secret", "it holds characters"],
    ["secretü", "it holds characters"],
    ["secret".repeat(3_000), "it holds 18000 bytes"],
  ])("is refused without its content in the message: %j", (text, words) => {
    expect(() => readToken(text)).toThrow(words)
    expect(() => readToken(text)).not.toThrow("secret")
  })
})
