import { UserRole } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"

import { formatAgo, formatBytes, initials, labelOf, roles, valueOf } from "./user-words.ts"

describe("formatBytes", () => {
  it.each([
    [0n, "0 B"],
    [999n, "999 B"],
    [1_000n, "1 kB"],
    [999_949n, "999.9 kB"],
    [999_951n, "1 MB"],
    [1_234_567_890n, "1.2 GB"],
    [9_223_372_036_854_775_807n, "9,223.4 PB"],
  ])("writes %d as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe("formatAgo", () => {
  const now = Date.parse("2026-06-15T12:00:00Z")
  it.each([
    ["2026-06-15T12:00:05Z", "just now"],
    ["2026-06-15T11:59:01Z", "just now"],
    ["2026-06-15T11:59:00Z", "1 minute ago"],
    ["2026-06-15T09:30:00Z", "2 hours ago"],
    ["2026-06-14T11:00:00Z", "yesterday"],
    ["2026-06-01T12:00:00Z", "2 weeks ago"],
    ["2024-06-01T12:00:00Z", "2 years ago"],
  ])("calls %s %s", (date, text) => expect(formatAgo(new Date(date), now)).toBe(text))
})

describe("initials", () => {
  it.each([
    ["Ada Lovelace", "AL"],
    ["Ada  King Lovelace", "AL"],
    ["plato", "P"],
    ["", ""],
    ["𝒜da ßen", "𝒜SS"],
  ])("of %s are %s", (name, letters) => expect(initials(name)).toBe(letters))
})

describe("enum values", () => {
  it("have names, and are found again by what a form gives back", () => {
    expect(labelOf(roles, UserRole.ADMIN)).toBe("Admin")
    expect(valueOf(roles, String(UserRole.ADMIN), UserRole.UNSPECIFIED)).toBe(UserRole.ADMIN)
  })

  it("of a newer server are shown and kept as they are", () => {
    const newer = 9 as UserRole
    expect(labelOf(roles, newer)).toBe("Unknown (9)")
    expect(valueOf(roles, "9", newer)).toBe(newer)
  })
})
