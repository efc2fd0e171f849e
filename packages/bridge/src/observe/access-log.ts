import type { Observer } from "../core/observer.ts"
import { accessLine, createTimestamp } from "./access-line.ts"
import { ignoring } from "./ignoring.ts"
import { openFileSink, stderrSink } from "./line-sinks.ts"
import { LineWriter } from "./line-writer.ts"

/** One line of JSON per call. */
export interface AccessLog {
  readonly observer: Observer
  /** Number of lines that were lost because the target did not accept them. */
  readonly dropped: number
  /**
   * Reopens its file, after the old one was renamed. Lines already on their way go to the old file.
   * @throws the operating system's error when the file cannot be opened; the old file stays in use
   */
  reopen(): void
  /** Resolves when every line is written or lost, after at most one second. */
  flush(): Promise<void>
  /** Flushes, and closes the target. */
  close(): Promise<void>
}

const gatherMs = 100

/**
 * Opens the access log on `stderr` or on the file with this path; null: no log. Lines are collected for 100 ms or 64 KiB, and
 * written when the process exits. `onFailure` is called once when the target stops accepting lines.
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
