import type { Observer } from "../core/observer.ts"

/** An observer that does nothing. Spread it and override the events you need. */
export const ignoring: Observer = {
  callStarted() {},
  callEnded() {},
  connectionOpened() {},
  connectionClosed() {},
  connectionRefused() {},
  connectionFailed() {},
  descriptorsExhausted() {},
  sessionOpened() {},
  sessionClosed() {},
  nameFailed() {},
  sessionFailed() {},
  endpointHealthChanged() {},
  mirrorStarted() {},
  mirrorEnded() {},
  crashed() {},
}
