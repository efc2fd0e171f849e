/** How the backend behaves on every connection, beside what each path asks of it. */
export type BackendMode = "well-behaved" | `goaway-every-${number}` | "goaway-at-connect" | "small-messages"

/** The methods of the backend by what they do. Every other path of any service is answered with a status. */
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

/** The path of a method. */
export function pathOf(method: BackendMethod): string {
  return `/attack.Backend/${method}`
}
