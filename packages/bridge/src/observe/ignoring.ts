import type { Observer } from "../core/observer.ts"

/** An observer whom nothing concerns: what one does not listen to, it takes from here. */
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
  sessionFailed() {},
  crashed() {},
}
