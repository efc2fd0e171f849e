import { statSync, watch } from "node:fs"
import type { FSWatcher } from "node:fs"
import { dirname } from "node:path"

/** The folder that is watched. `id`: a text that another folder of the same path does not have. */
interface Watched {
  readonly id: string
  readonly watcher: FSWatcher
}

/**
 * Calls `onEvent` when something in a folder changes, also after the folder was deleted and made again. A watch belongs to a folder,
 * not to its path. So while the folder is missing, the nearest folder above it is watched instead: one folder at a time.
 */
export class FolderWatch {
  readonly #path: string
  readonly #onEvent: () => void
  #watched: Watched | null = null

  constructor(path: string, onEvent: () => void) {
    this.#path = path
    this.#onEvent = onEvent
    this.#watch(nearestFolder(path))
  }

  /** Watches the folder that now has the path, if it is another one. Call it after an event, and from time to time. */
  renew(): void {
    const nearest = nearestFolder(this.#path)
    if (nearest === null || nearest.id === this.#watched?.id) return
    this.close()
    // Something may have changed before the watch began. Without a watch there is nothing to wait for.
    if (this.#watch(nearest)) this.#onEvent()
  }

  close(): void {
    this.#watched?.watcher.close()
    this.#watched = null
  }

  /** False: the system has no watch to give (ENOSPC, EMFILE). */
  #watch(folder: Folder | null): boolean {
    if (folder === null) return false
    try {
      const watcher = watch(folder.path, { persistent: false }, () => this.#onEvent())
      watcher.on("error", () => this.close()) // the next call of `renew` watches again
      this.#watched = { id: folder.id, watcher }
      return true
    } catch {
      return false
    }
  }
}

interface Folder {
  readonly path: string
  readonly id: string
}

/** The folder itself, or the nearest one above it that exists. */
function nearestFolder(path: string): Folder | null {
  try {
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true })
    return { path, id: `${dev}:${ino}:${birthtimeNs}` } // a new folder may get the inode of one that was deleted
  } catch {
    const above = dirname(path)
    return above === path ? null : nearestFolder(above)
  }
}
