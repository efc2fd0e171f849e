/** How far a session is. */
export type SessionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Too many streams were reset: none begins for a while. */
  | { readonly kind: "resting"; readonly timer: NodeJS.Timeout }
  /** The backend sent GOAWAY, or we close: streams finish, none begins. */
  | { readonly kind: "draining" }
  | { readonly kind: "closed" }
