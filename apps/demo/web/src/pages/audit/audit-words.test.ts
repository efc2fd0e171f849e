import { create } from "@bufbuild/protobuf"
import { AuditAction, type AuditAction as Action, FieldChangeSchema } from "@causeway/proto/api/v1/audit_pb"
import { describe, expect, it } from "vitest"

import { actionWords, changeWords, formatEventTime } from "./audit-words.ts"

const change = (field: string, oldValue: string, newValue: string) =>
  changeWords(create(FieldChangeSchema, { field, oldValue, newValue }))

describe("audit words", () => {
  it("has words for every action of the schema", () => {
    const actions = Object.values(AuditAction).filter((action) => action !== AuditAction.UNSPECIFIED)
    for (const action of actions) expect(actionWords(action).did).not.toContain("something")
  })

  it("says so when a newer server knows more", () => {
    expect(actionWords(99 as Action).did).toBe("did something new (99)")
  })

  it("tells enums by their labels and empty values by a word", () => {
    expect(change("role", "USER_ROLE_MEMBER", "USER_ROLE_ADMIN")).toEqual({
      label: "Role",
      from: "Member",
      to: "Admin",
    })
    expect(change("team", "", "Design")).toEqual({ label: "Team", from: "none", to: "Design" })
  })

  it("gives the time for today and the day for what is older", () => {
    const now = new Date(2026, 5, 15, 18)
    expect(formatEventTime(new Date(2026, 5, 15, 9, 5, 7), now)).toBe("09:05:07")
    expect(formatEventTime(new Date(2026, 5, 14, 9, 5), now)).toBe("Jun 14, 09:05")
  })
})
