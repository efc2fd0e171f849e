import { UserOrder, UserRole, UserState } from "@causeway/proto/api/v1/user_pb"

/** One value that a person can choose, and its name on the page. */
export interface Choice<T> {
  readonly value: T
  readonly label: string
}

/** What the roles are called, from least to most. */
export const roles: readonly Choice<UserRole>[] = [
  { value: UserRole.VIEWER, label: "Viewer" },
  { value: UserRole.MEMBER, label: "Member" },
  { value: UserRole.ADMIN, label: "Admin" },
  { value: UserRole.OWNER, label: "Owner" },
]

/** What the states are called. */
export const states: readonly Choice<UserState>[] = [
  { value: UserState.INVITED, label: "Invited" },
  { value: UserState.ACTIVE, label: "Active" },
  { value: UserState.SUSPENDED, label: "Suspended" },
]

/** What the orders are called. */
export const orders: readonly Choice<UserOrder>[] = [
  { value: UserOrder.DISPLAY_NAME, label: "Name" },
  { value: UserOrder.EMAIL, label: "Email" },
  { value: UserOrder.NEWEST, label: "Newest first" },
  { value: UserOrder.LAST_SEEN, label: "Last seen first" },
  { value: UserOrder.STORAGE, label: "Most storage first" },
]

/** The label of a value; a value of a newer server is shown as what it is. */
export function labelOf<T>(choices: readonly Choice<T>[], value: T): string {
  return choices.find((choice) => choice.value === value)?.label ?? `Unknown (${String(value)})`
}

/** The value that a `<select>` gives back as text. */
export function valueOf<T>(choices: readonly Choice<T>[], text: FormDataEntryValue | null, otherwise: T): T {
  return choices.find((choice) => String(choice.value) === text)?.value ?? otherwise
}

/** Up to two letters that stand for a name: `AL` for Ada Lovelace. */
export function initials(displayName: string): string {
  const words = displayName.split(/\s+/).filter((word) => word !== "")
  const ends = words.length > 1 ? [words.at(0), words.at(-1)] : words
  return ends.map((word) => [...(word ?? "")].slice(0, 1).join("").toLocaleUpperCase()).join("")
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 })

/** A size in bytes as people read it: `1.5 MB`. The int64 comes as bigint and stays exact until it is rounded here. */
export function formatBytes(bytes: bigint): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"]
  let size = Number(bytes)
  let unit = 0
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${number.format(size)} ${units[unit]}`
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" })
const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]

/** How long ago: `3 days ago`; less than a minute is `just now`. */
export function formatAgo(date: Date, nowMs: number = Date.now()): string {
  const seconds = (nowMs - date.getTime()) / 1000
  const step = steps.find(([, length]) => seconds >= length)
  return step === undefined ? "just now" : relative.format(-Math.floor(seconds / step[1]), step[0])
}
