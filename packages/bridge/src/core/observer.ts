import type { CallRecord } from "./call.ts"

/** Who is told of what happens. Implementations never throw and never wait. */
export interface Observer {
  /** A request was received, whether it becomes a call or is refused. */
  callStarted(record: CallRecord): void
  /** Its end: the record is complete. */
  callEnded(record: CallRecord): void
  connectionOpened(): void
  connectionClosed(): void
  /** A connection was turned away: the limit is reached, or the bridge drains. */
  connectionRefused(): void
  sessionOpened(upstream: string): void
  sessionClosed(upstream: string): void
  /** A connection to a backend could not be made. */
  sessionFailed(upstream: string, cause: unknown): void
  /** Something of ours threw: a defect, told with the place where it was caught. */
  crashed(where: string, cause: unknown, record: CallRecord | null): void
}

/** Tells several observers as one. One that throws, which is a defect, neither harms the call nor keeps the others from hearing. */
export function combineObservers(observers: readonly Observer[]): Observer {
  const tell = (what: (one: Observer) => void): void => {
    for (const one of observers) {
      try {
        what(one)
      } catch (cause) {
        tellDefect(observers, cause)
      }
    }
  }
  return {
    callStarted: (record) => tell((one) => one.callStarted(record)),
    callEnded: (record) => tell((one) => one.callEnded(record)),
    connectionOpened: () => tell((one) => one.connectionOpened()),
    connectionClosed: () => tell((one) => one.connectionClosed()),
    connectionRefused: () => tell((one) => one.connectionRefused()),
    sessionOpened: (upstream) => tell((one) => one.sessionOpened(upstream)),
    sessionClosed: (upstream) => tell((one) => one.sessionClosed(upstream)),
    sessionFailed: (upstream, cause) => tell((one) => one.sessionFailed(upstream, cause)),
    crashed: (where, cause, record) => tell((one) => one.crashed(where, cause, record)),
  }
}

function tellDefect(observers: readonly Observer[], cause: unknown): void {
  for (const one of observers) {
    try {
      one.crashed("observer", cause, null)
    } catch {
      // The one that throws; the others hear of it.
    }
  }
}
