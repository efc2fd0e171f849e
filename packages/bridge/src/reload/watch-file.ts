import { dirname } from "node:path"
import { contentOf } from "../config/file/read-file.ts"
import { FolderWatch } from "./watch-folder.ts"

/** Options of a watch. Times are in milliseconds. */
export interface WatchOptions {
  /** Quiet time after an event, and between two readings that must agree: a file is often written in several steps. Default 100. */
  readonly quietMs?: number
  /** Interval of the check that finds changes without an event, as on network file systems. Default 30 s. */
  readonly pollMs?: number
  /** Reads the file. Default: from the file system. */
  readonly read?: (path: string) => Promise<Buffer | null>
}

/** Longest time from an event to the look at the file, in quiet times. */
const longestWait = 10

/** Whether the file is being read, and whether it must be read again after that. */
type Looking = "no" | "yes" | "once more"

/**
 * Calls `onChange` when the content of a file has changed. It watches the folder, since editors and Kubernetes replace files and
 * symlinks rather than write them, and compares contents, since most events change nothing. Two readings must agree: one alone
 * may find a file that is being written in its place, empty or in part.
 */
export class FileWatch {
  readonly #path: string
  readonly #onChange: () => void
  readonly #quietMs: number
  readonly #poll: NodeJS.Timeout
  readonly #folder: FolderWatch
  #timer: NodeJS.Timeout | null = null
  /** Events may come without a pause, as of a log in the same folder. The look is not put off beyond this time. */
  #lookBy = 0
  #looking: Looking = "no"
  #isClosed = false
  readonly #read: (path: string) => Promise<Buffer | null>
  /** The content that is in use. */
  #content: Buffer
  /** The content that the last reading has found. */
  #found: Buffer

  /** `content`: the content that is in use. A change since it was read is found. */
  constructor(path: string, content: Buffer, onChange: () => void, options: WatchOptions = {}) {
    const { quietMs = 100, pollMs = 30_000, read = (file) => Promise.resolve(contentOf(file)) } = options
    this.#path = path
    this.#content = this.#found = content
    this.#onChange = onChange
    this.#read = read
    this.#quietMs = quietMs
    this.#poll = setInterval(() => void this.#look(), pollMs).unref()
    this.#folder = new FolderWatch(dirname(path), () => this.#lookSoon())
    this.#lookSoon()
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#poll)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#folder.close()
  }

  #lookSoon(): void {
    const now = performance.now()
    if (this.#timer === null) this.#lookBy = now + longestWait * this.#quietMs
    else if (now + this.#quietMs > this.#lookBy) return
    else clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), this.#quietMs).unref()
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#folder.renew()
    if (this.#looking !== "no") {
      this.#looking = "once more" // the file may have changed after the bytes that are being read
      return
    }
    do {
      this.#looking = "yes"
      this.#compare(await this.#read(this.#path).catch(() => null))
    } while (this.#mustLookAgain())
    this.#looking = "no"
  }

  #mustLookAgain(): boolean {
    return this.#looking === "once more" && !this.#isClosed
  }

  #compare(content: Buffer | null): void {
    // A file that is missing is being replaced, or was removed by mistake: what is in force stays.
    if (this.#isClosed || content === null) return
    const isWhole = content.equals(this.#found)
    this.#found = content
    if (content.equals(this.#content)) return
    if (!isWhole) this.#lookSoon()
    else {
      this.#content = content
      this.#onChange()
    }
  }
}
