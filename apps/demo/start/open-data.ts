import { join } from "node:path"

import { DataInUseError, type DemoData, openDemoData } from "../server/index.ts"
import { defaultDataDir } from "./settings.ts"

/** The demo's data, and the directory in which it lies. */
export interface OpenedData {
  readonly data: DemoData
  readonly dataDir: string
}

/** Several demos may run side by side from one folder. Ten at once are probably a mistake. */
const maxDemos = 9

/**
 * Opens the data in `dataDir`. Null means the default directory.
 *
 * Two demos cannot share a data directory. With `dataDir` null, a further demo therefore gets a numbered directory
 * inside the default one.
 *
 * @throws Error if the directory is in use, and every error of `openDemoData`.
 */
export function openData(dataDir: string | null, say: (line: string) => void): OpenedData {
  for (let demo = 1; ; demo += 1) {
    const dir = dataDir ?? (demo === 1 ? defaultDataDir : join(defaultDataDir, String(demo)))
    try {
      return { data: openDemoData({ dataDir: dir }), dataDir: dir }
    } catch (error) {
      if (!(error instanceof DataInUseError)) throw error
      if (dataDir !== null || demo === maxDemos) throw new Error(`${error.message} (--data-dir)`, { cause: error })
      say(`another demo uses ${dir}`)
    }
  }
}
