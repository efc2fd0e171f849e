import { appendFile, appendFileSync, closeSync, constants, openSync, writeSync } from "node:fs"
import type { LineSink } from "./line-writer.ts"

const stderrFd = 2

/**
 * The process's stderr, written through Node's own stream. If a pipe's or socket's reader is blocked, this neither blocks the
 * event loop nor occupies a thread of the pool, which would keep the process from ending.
 */
export function stderrSink(): LineSink {
  // Without a listener the error EPIPE (the reader has gone) would end the process. The function is added only once.
  if (!process.stderr.listeners("error").includes(ignoreError)) process.stderr.on("error", ignoreError)
  return {
    write(text, done) {
      process.stderr.write(text, (error) => done(error ?? null))
    },
    writeSync(text) {
      // Node has made a pipe non-blocking, so a write fails (EAGAIN) instead of blocking. Text must not follow half a line.
      if (process.stderr.writableLength > 0) throw new Error("stderr stands still")
      writeSync(stderrFd, text)
    },
    close() {},
  }
}

/** A sink whose file can be reopened. */
export interface FileSink extends LineSink {
  /**
   * Opens the path again, so that a renamed file gets no further batch. On failure nothing changes.
   * @throws the operating system's error, with `code` and `path`
   */
  reopen(): void
}

/**
 * Appends to a file, and creates it if it does not exist.
 * @throws the operating system's error, with `code` and `path`, when it cannot be opened
 */
export function openFileSink(path: string): FileSink {
  let fd = openForAppending(path)
  /** The descriptor of the batch that is being written. It stays open until the write is done. */
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
  // O_NONBLOCK makes no difference to a file. With it a named pipe without a reader fails here, and a full one fails a write.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640)
}

function ignoreError(): void {}
