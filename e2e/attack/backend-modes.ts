/** The backend's behaviour on every connection. Each path adds its own behaviour. */
export type BackendMode = "well-behaved" | `goaway-every-${number}` | "goaway-at-connect" | "small-messages"

/** The backend's methods, named after their behaviour. Calls of every other path are answered with a status alone. */
export type BackendMethod =
  | "Echo"
  | "Slow"
  | "Silent"
  | "NoRead"
  | "Reply1MB"
  | "Reply4MB"
  | "Small"
  | "BigHead"
  | "Informational"
  | "Title"
  | "Page"

/** Returns the path of a method. */
export function pathOf(method: BackendMethod): string {
  return `/attack.Backend/${method}`
}
