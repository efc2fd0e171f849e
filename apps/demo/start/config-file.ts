import { mkdirSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** The bridge's configuration file, which the bridge reads again when it changes. */
export interface ConfigFile {
  readonly path: () => string
  /** The text of the last `write`. */
  readonly text: () => string
  /** Writes the file. Resolves when a running bridge uses it, and rejects with what the bridge has against it. */
  write(text: string): Promise<void>
}

interface ConfigFileOptions {
  readonly path: () => string
  /** The admin address of the bridge, `http://host:port`. Null: the bridge is not running, and reads the file at its start. */
  readonly adminUrl: () => string | null
}

/** Longer than a reload takes, in milliseconds. */
const reloadWithinMs = 5_000

/** Makes the file's owner. The file does not exist before the first `write`. */
export function createConfigFile({ path, adminUrl }: ConfigFileOptions): ConfigFile {
  let written = ""
  return {
    path,
    text: () => written,
    async write(text) {
      const file = path()
      mkdirSync(dirname(file), { recursive: true })
      // A rename replaces the file at once: the bridge never reads half of it.
      writeFileSync(`${file}.new`, text)
      renameSync(`${file}.new`, file)
      written = text
      const admin = adminUrl()
      if (admin !== null) await reload(admin)
    },
  }
}

/** The bridge notices the change by itself too. Its answer to this request says that the change is in force. */
async function reload(adminUrl: string): Promise<void> {
  const answer = await fetch(`${adminUrl}/reload`, { method: "POST", signal: AbortSignal.timeout(reloadWithinMs) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`The bridge refused its new configuration (HTTP ${answer.status}): ${text.trim()}`)
}
