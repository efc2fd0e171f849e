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

/**
 * A file that is appended to, made if it does not exist.
 * @throws the operating system's error, with `code` and `path`, when it cannot be opened
 */
export function openFileSink(path: string): LineSink {
  // Non-blocking makes no difference to a file; a named pipe without a reader fails here, one that is full fails a write.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640)
  return {
    write: (text, done) => appendFile(fd, text, done),
    writeSync: (text) => appendFileSync(fd, text),
    close: () => closeSync(fd),
  }
}

function ignoreError(): void {}
