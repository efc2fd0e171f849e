import { appendFile, appendFileSync, closeSync, constants, openSync, writeSync } from "node:fs"
import type { LineSink } from "./line-writer.ts"

const stderrFd = 2

/**
 * The process's stderr, by Node's own stream: a pipe or socket whose reader stands still then neither blocks the event loop nor
 * holds a thread of the pool, which the process could not leave behind when it ends.
 */
export function stderrSink(): LineSink {
  // Without a listener a reader that has gone would end the process (EPIPE). The same function is added once, whoever asks.
  if (!process.stderr.listeners("error").includes(ignoreError)) process.stderr.on("error", ignoreError)
  return {
    write(text, done) {
      process.stderr.write(text, (error) => done(error ?? null))
    },
    writeSync(text) {
      // Node has made a pipe non-blocking, so this fails (EAGAIN) rather than wait. Behind half a line it must not go.
      if (process.stderr.writableLength > 0) throw new Error("stderr stands still")
      writeSync(stderrFd, text)
    },
    close() {},
  }
}

/** A sink whose file may be opened anew. */
export interface FileSink extends LineSink {
  /**
   * Opens the path again: what was renamed takes no further batch. Nothing changes when it cannot be opened.
   * @throws the operating system's error, with `code` and `path`
   */
  reopen(): void
}

/**
 * A file that is appended to, made if it does not exist.
 * @throws the operating system's error, with `code` and `path`, when it cannot be opened
 */
export function openFileSink(path: string): FileSink {
  let fd = openForAppending(path)
  /** The descriptor that a batch is being written to; it stays open until the batch is written. */
  let busy: number | null = null
  return {
    write(text, done) {
      const target = fd
      busy = target
      appendFile(target, text, (error) => {
        busy = null
        if (target !== fd) closeSync(target)
        done(error)
      })
    },
    writeSync: (text) => appendFileSync(fd, text),
    reopen() {
      const old = fd
      fd = openForAppending(path)
      if (busy !== old) closeSync(old)
    },
    close: () => closeSync(fd),
  }
}

function openForAppending(path: string): number {
  // Non-blocking makes no difference to a file; a named pipe without a reader fails here, one that is full fails a write.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640)
}

function ignoreError(): void {}
