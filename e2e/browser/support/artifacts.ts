import { join } from "node:path"

/** What the run's setup makes once, for the tests in all workers. */
export interface Artifacts {
  /** The demo's console as it is built for publication; its bridge is `placeholderBridge`. */
  readonly consoleDir: string
  /**
   * The pages of pages/: calls.html makes single calls, streams.html lives with its page, feed.html renders, workers.html
   * calls from workers.
   */
  readonly callsDir: string
  /** The page that makes calls by clients of others: interop/clients/page.html. */
  readonly clientsDir: string
  /** PEM of a self-signed certificate for 127.0.0.1. */
  readonly certFile: string
  readonly keyFile: string
}

/** Stands in the built console where a bridge's address belongs: each test has a bridge of its own. */
export const placeholderBridge = "http://bridge.invalid"

const variable = "CAUSEWAY_E2E_DIR"

/** Tells this process, and the workers that it will start, where the artifacts are. */
export function announceArtifacts(dir: string): Artifacts {
  process.env[variable] = dir
  return artifactsIn(dir)
}

/** The artifacts of this run. */
export function artifacts(): Artifacts {
  const dir = process.env[variable]
  if (dir === undefined) throw new Error(`${variable} is not set: global-setup.ts has not run`)
  return artifactsIn(dir)
}

function artifactsIn(dir: string): Artifacts {
  return {
    consoleDir: join(dir, "console"),
    callsDir: join(dir, "calls"),
    clientsDir: join(dir, "clients"),
    certFile: join(dir, "cert.pem"),
    keyFile: join(dir, "key.pem"),
  }
}
