import { type User, UserRole, UserSchema, UserState } from "@causeway/proto/api/v1/user_pb"

import { required, tooLong, type Violation } from "./violation.ts"

/** The fields of a user that a caller may set, as they are stored. */
export interface UserFields {
  readonly email: string
  readonly displayName: string
  readonly role: UserRole
  readonly state: UserState
  readonly team: string
}

/** Input that keeps the rules, in stored form, or all that is wrong with it. */
export type Checked<T> =
  | { readonly kind: "valid"; readonly value: T }
  | { readonly kind: "invalid"; readonly violations: readonly Violation[] }

/** Checks a user to be created; an absent role or state gets its default. */
export function checkNewUser(user: User | undefined): Checked<UserFields> {
  if (user === undefined) return { kind: "invalid", violations: [required("user")] }
  const fields = stored(user)
  const value = {
    ...fields,
    role: fields.role === UserRole.UNSPECIFIED ? UserRole.MEMBER : fields.role,
    state: fields.state === UserState.UNSPECIFIED ? UserState.INVITED : fields.state,
  }
  return verdict(value, broken(value, editable.values()))
}

/** Checks those fields of a user that the paths of an update mask name, and the paths themselves. */
export function checkChange(user: User | undefined, paths: readonly string[]): Checked<Partial<UserFields>> {
  if (user === undefined) return { kind: "invalid", violations: [required("user")] }
  const violations: Violation[] = []
  if (user.id === "") violations.push(required("user.id"))
  if (paths.length === 0) violations.push(required("update_mask"))
  violations.push(...paths.flatMap((path, index) => pathViolations(path, index)))
  if (violations.length > 0) return { kind: "invalid", violations }

  const fields = stored(user)
  const names = [...new Set(paths)].map((path) => editable.get(path)).filter((name) => name !== undefined)
  const change: Partial<UserFields> = Object.fromEntries(names.map((name) => [name, fields[name]]))
  return verdict(change, broken(fields, names))
}

/** Mask paths and the fields they name. */
const editable: ReadonlyMap<string, keyof UserFields> = new Map([
  ["email", "email"],
  ["display_name", "displayName"],
  ["role", "role"],
  ["state", "state"],
  ["team", "team"],
])

type Rule = (fields: UserFields) => Violation | null

// What browsers accept in <input type="email">, and at least one dot in the domain.
const emailPattern =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/

const rules: Readonly<Record<keyof UserFields, Rule>> = {
  email: ({ email }) => {
    if (email === "") return required("user.email")
    if (email.length <= 254 && emailPattern.test(email)) return null
    const description = "must be an email address like name@example.com of at most 254 characters"
    return { field: "user.email", reason: "EMAIL_FORMAT", description }
  },
  displayName: ({ displayName }) => {
    if (displayName === "") return required("user.display_name")
    return textRule("user.display_name", displayName, 80)
  },
  role: ({ role }) => enumRule("user.role", role, Object.values(UserRole)),
  state: ({ state }) => enumRule("user.state", state, Object.values(UserState)),
  team: ({ team }) => textRule("user.team", team, 40),
}

function stored({ email, displayName, role, state, team }: User): UserFields {
  return {
    email: email.trim().toLowerCase(),
    displayName: displayName.trim().normalize("NFC"),
    role,
    state,
    team: team.trim().normalize("NFC"),
  }
}

function broken(fields: UserFields, names: Iterable<keyof UserFields>): Violation[] {
  return [...names].map((name) => rules[name](fields)).filter((violation) => violation !== null)
}

function verdict<T>(value: T, violations: readonly Violation[]): Checked<T> {
  return violations.length === 0 ? { kind: "valid", value } : { kind: "invalid", violations }
}

function textRule(field: string, text: string, maxCharacters: number): Violation | null {
  const description = "must not contain line breaks or control characters"
  const isPlain = !/\p{Cc}/u.test(text)
  return tooLong(field, text, maxCharacters) ?? (isPlain ? null : { field, reason: "CONTROL_CHARACTER", description })
}

function enumRule(field: string, value: number, known: readonly number[]): Violation | null {
  if (value === 0) return required(field)
  if (known.includes(value)) return null
  return { field, reason: "UNKNOWN_VALUE", description: `must be one of the values of the API, ${value} is not` }
}

function pathViolations(path: string, index: number): Violation[] {
  if (editable.has(path)) return []
  const field = `update_mask.paths[${index}]`
  const isField = UserSchema.fields.some(({ name }) => name === path)
  const choice = `choose from ${[...editable.keys()].join(", ")}`
  return isField
    ? [{ field, reason: "READ_ONLY", description: `${path} is set by the server; ${choice}` }]
    : [{ field, reason: "UNKNOWN_FIELD", description: `names no field of a user; ${choice}` }]
}
