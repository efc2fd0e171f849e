import { watch } from "node:fs"
import type { FSWatcher } from "node:fs"
import { readFile } from "node:fs/promises"
import { dirname } from "node:path"

/** Times of a watch, in milliseconds. */
export interface WatchTimes {
  /** Quiet time after an event: a file is often written in several steps. Default 100. */
  readonly quietMs?: number
  /** Interval of the check that finds changes without an event, as on network file systems. Default 30 s. */
  readonly pollMs?: number
}

/**
 * Calls `onChange` when the content of a file has changed. It watches the folder, since editors and Kubernetes replace files and
 * symlinks rather than write them, and compares contents, since most events change nothing.
 */
export class FileWatch {
  readonly #path: string
  readonly #onChange: () => void
  readonly #quietMs: number
  readonly #poll: NodeJS.Timeout
  #watcher: FSWatcher | null = null
  #timer: NodeJS.Timeout | null = null
  #isLooking = false
  #isClosed = false
  #content: string

  /** `content`: the content that is known already. */
  constructor(path: string, content: string, onChange: () => void, times: WatchTimes = {}) {
    const { quietMs = 100, pollMs = 30_000 } = times
    this.#path = path
    this.#content = content
    this.#onChange = onChange
    this.#quietMs = quietMs
    this.#poll = setInterval(() => void this.#look(), pollMs).unref()
    this.#watchFolder()
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#poll)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#watcher?.close()
  }

  #watchFolder(): void {
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, () => this.#lookSoon())
      this.#watcher.on("error", () => this.#watcher?.close()) // the folder has gone: the slow check goes on
    } catch {
      // The system has no watch to give (ENOSPC, EMFILE): the slow check finds changes.
    }
  }

  #lookSoon(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), this.#quietMs)
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return
    this.#isLooking = true
    const content = await readFile(this.#path, "latin1").catch(() => null)
    this.#isLooking = false
    // A file that is missing is being replaced, or was removed by mistake: what is in force stays.
    if (content === null || content === this.#content) return
    this.#content = content
    if (!this.#isClosed) this.#onChange()
  }
}
