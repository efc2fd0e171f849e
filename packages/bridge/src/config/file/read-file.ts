import { readFileSync } from "node:fs"
import { whyUnreadable } from "./fill-in.ts"
import type { ParsedFile } from "./parse-yaml.ts"
import { parseYaml } from "./parse-yaml.ts"

/** The bytes that were read. */
interface FileContent {
  readonly content: Buffer
}

/** Reads and parses a configuration file. Never throws: the problem of a file that cannot be read has no place. */
export function readConfigFile(path: string): (ParsedFile & FileContent) | { readonly unreadable: string } {
  try {
    const content = readFileSync(path)
    return { ...parseYaml(new TextDecoder("utf-8", { fatal: true }).decode(content)), content }
  } catch (cause) {
    return {
      unreadable: `received ${JSON.stringify(path)}, which ${whyUnreadable(cause)}; expected a configuration file`,
    }
  }
}
