import { readSmallFile, whyUnreadable } from "../../read-small-file.ts"
import type { ParsedFile } from "./parse-yaml.ts"
import { maxFileBytes, parseYaml } from "./parse-yaml.ts"

/** The bytes that were read. */
interface FileContent {
  readonly content: Buffer
}

/** Reads and parses a configuration file. Never throws: the problem of a file that cannot be read has no place. */
export function readConfigFile(path: string): (ParsedFile & FileContent) | { readonly unreadable: string } {
  try {
    const content = readSmallFile(path, maxFileBytes)
    return { ...parseYaml(new TextDecoder("utf-8", { fatal: true }).decode(content)), content }
  } catch (cause) {
    const why = whyUnreadable(cause, maxFileBytes)
    return { unreadable: `received ${JSON.stringify(path)}, which ${why}; expected a configuration file` }
  }
}

/**
 * The content of a configuration file, to be compared. Null: it does not exist, and may be about to be replaced. A file that cannot
 * be read for another reason has that reason for its content.
 */
export function contentOf(path: string): Buffer | null {
  try {
    return readSmallFile(path, maxFileBytes)
  } catch (cause) {
    const why = whyUnreadable(cause, maxFileBytes)
    return why === "does not exist" ? null : Buffer.from(`\0${why}`)
  }
}
