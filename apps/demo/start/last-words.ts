import { open } from "node:fs/promises"

/** Enough for any few lines; a log may have gigabytes. */
const maxBytes = 64 * 1024
const maxLines = 5

/** What a program wrote last into its log: at most five lines, and none from before byte `from`. */
export async function lastWords(logFile: string, from: number): Promise<string> {
  const log = await open(logFile)
  try {
    const { size } = await log.stat()
    const position = Math.max(from, size - maxBytes)
    const { buffer, bytesRead } = await log.read({ buffer: Buffer.alloc(maxBytes), position })
    return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").slice(-maxLines).join("\n")
  } finally {
    await log.close()
  }
}
