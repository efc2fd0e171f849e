import { create } from "@bufbuild/protobuf"
import { UserRole, UserSchema, UserState } from "@causeway/proto/api/v1/user_pb"
import { expect, it } from "vitest"

import { changedFields, isDraftField, type UserDraft } from "./user-draft.ts"

const draft: UserDraft = {
  displayName: "Ada Lovelace",
  email: "ada@example.com",
  team: "Engines",
  role: UserRole.ADMIN,
  state: UserState.ACTIVE,
}
const user = create(UserSchema, { id: "usr_1", ...draft })

it("names the fields that differ as the .proto file does", () => {
  expect(changedFields(user, { ...draft, displayName: "Ada King", role: UserRole.OWNER })).toEqual([
    "display_name",
    "role",
  ])
})

it("names none when nothing differs", () => {
  expect(changedFields(user, draft)).toEqual([])
})

it("knows which fields of a request a person may set", () => {
  expect(["user.display_name", "user.email"].filter(isDraftField)).toEqual(["user.display_name", "user.email"])
  expect(["user", "user.id", "update_mask", "update_mask.paths[0]", "email"].filter(isDraftField)).toEqual([])
})
