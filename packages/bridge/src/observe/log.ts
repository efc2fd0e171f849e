/** Minimum severity of the logged events. */
export type LogLevel = "debug" | "info" | "warn" | "error"

/** Named facts of an event. Errors go under `cause`. No secrets, no metadata values. */
export type EventFields = Readonly<Record<string, unknown>>

/** Receives events of the bridge as a whole, rather than of one call. */
export interface Log {
  /** Writes no event below this level from now on. Absent: the log's owner decides. */
  setLevel?(level: LogLevel): void
  debug(message: string, fields?: EventFields): void
  info(message: string, fields?: EventFields): void
  warn(message: string, fields?: EventFields): void
  /** Something is broken, in the bridge or around it, and needs attention. */
  error(message: string, fields?: EventFields): void
}
