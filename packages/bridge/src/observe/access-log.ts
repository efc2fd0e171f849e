import type { Observer } from "../core/observer.ts"
import { accessLine, createTimestamp } from "./access-line.ts"
import { ignoring } from "./ignoring.ts"
import { openFileSink, stderrSink } from "./line-sinks.ts"
import { LineWriter } from "./line-writer.ts"

/** One line of JSON per call. */
export interface AccessLog {
  readonly observer: Observer
  /** Lines that were lost because their target did not take them. */
  readonly dropped: number
  /**
   * Opens its file anew, after the old one was renamed. Lines that are already on their way reach the old file.
   * @throws the operating system's error when the file cannot be opened; the old one is written on then
   */
  reopen(): void
  /** Resolves when every line is written or lost, within a second. */
  flush(): Promise<void>
  /** Flushes and lets go of the target. */
  close(): Promise<void>
}

const gatherMs = 100

/**
 * Opens the access log on `stderr`, on the file of this path, or nowhere (null). Lines are gathered for 100 ms or 64 KiB;
 * what waits when the process exits is written then. `onFailure` hears of a target that stopped taking lines, once.
 * @throws the operating system's error when the file cannot be opened
 */
export function createAccessLog(target: string | null, onFailure: (cause: Error) => void): AccessLog | null {
  if (target === null) return null
  const file = target === "stderr" ? null : openFileSink(target)
  const sink = file ?? stderrSink()
  const writer = new LineWriter(sink, { gatherMs, onFailure })
  const timestamp = createTimestamp()
  const onExit = (): void => writer.flushSync()
  process.on("exit", onExit)
  return {
    observer: { ...ignoring, callEnded: (record) => writer.write(accessLine(record, timestamp(Date.now()))) },
    get dropped() {
      return writer.dropped
    },
    reopen: () => file?.reopen(),
    flush: () => writer.flush(),
    async close() {
      process.off("exit", onExit)
      await writer.close()
    },
  }
}
