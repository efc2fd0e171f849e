import type { User, UserRole, UserState } from "@causeway/proto/api/v1/user_pb"

/** What a person may set of a user. */
export type UserDraft = Pick<User, "displayName" | "email" | "team"> & {
  readonly role: UserRole
  readonly state: UserState
}

/** google.protobuf.FieldMask names fields as the .proto file does. */
const pathOf: Readonly<Record<keyof UserDraft, string>> = {
  displayName: "display_name",
  email: "email",
  team: "team",
  role: "role",
  state: "state",
}

/** Whether a field of a request, as a violation names it (`user.email`), is one of those a person may set. */
export function isDraftField(path: string): boolean {
  return Object.values(pathOf).some((name) => path === `user.${name}`)
}

/** The update mask for a change: the paths of the fields in which the draft differs from the user. */
export function changedFields(user: User, draft: UserDraft): string[] {
  const names = Object.keys(pathOf) as (keyof UserDraft)[]
  return names.filter((name) => user[name] !== draft[name]).map((name) => pathOf[name])
}
