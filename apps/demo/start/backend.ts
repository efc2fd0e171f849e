import { join } from "node:path"

import { DataInUseError, type DemoServer, startDemoServer } from "../server/index.ts"
import { loopback } from "./ports.ts"
import { defaultDataDir } from "./settings.ts"

/** Values that the gRPC server reads while it runs. `DemoServerOptions` explains them. */
export interface ServiceNeeds {
  readonly adminUrl: () => string | null
  readonly delayMs: () => number
  readonly graceMs: number
  readonly say: (line: string) => void
}

/** A running backend and where its data is. */
export interface Backend {
  readonly server: DemoServer
  readonly dataDir: string
}

/** Several demos may run side by side from one folder. Ten at once are probably a mistake. */
const maxDemos = 9

/**
 * Starts the gRPC server on a free port, with its data in `dataDir`. Null means the default directory.
 *
 * Two demos cannot share a data directory. With `dataDir` null, a further demo therefore gets a numbered directory
 * inside the default one.
 *
 * @throws Error if the directory is in use, and every error of `startDemoServer`.
 */
export async function startBackend(dataDir: string | null, needs: ServiceNeeds): Promise<Backend> {
  const { adminUrl, delayMs, say } = needs
  for (let demo = 1; ; demo += 1) {
    const dir = dataDir ?? (demo === 1 ? defaultDataDir : join(defaultDataDir, String(demo)))
    try {
      const server = await startDemoServer({ host: loopback, port: 0, dataDir: dir, adminUrl, delayMs })
      return { server, dataDir: dir }
    } catch (error) {
      if (!(error instanceof DataInUseError)) throw error
      if (dataDir !== null || demo === maxDemos) throw new Error(`${error.message} (--data-dir)`, { cause: error })
      say(`another demo uses ${dir}`)
    }
  }
}
