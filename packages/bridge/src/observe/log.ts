/** Facts of an event, by name. Errors go under `cause`. No secrets, no metadata values. */
export type EventFields = Readonly<Record<string, unknown>>

/** Takes events: what happens to the bridge rather than to one call. */
export interface Log {
  debug(message: string, fields?: EventFields): void
  info(message: string, fields?: EventFields): void
  warn(message: string, fields?: EventFields): void
  /** Something is broken, in the bridge or around it, and someone should look. */
  error(message: string, fields?: EventFields): void
}
