import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

// The corpus of a target is a file in the folder `corpus` beside its module. Each line is one input, in base64.

/** Reads the stored inputs of a target. Returns none if the file does not exist. */
export function readCorpus(module: string, name: string): Uint8Array[] {
  const path = corpusPath(module, name)
  if (!existsSync(path)) return []
  const lines = readFileSync(path, "utf8").split("\n")
  return lines.filter((line) => line !== "").map((line) => Uint8Array.from(Buffer.from(line, "base64")))
}

export function writeCorpus(module: string, name: string, inputs: readonly Uint8Array[]): void {
  const path = corpusPath(module, name)
  mkdirSync(dirname(path), { recursive: true })
  const lines = inputs.filter((input) => input.length > 0).map((input) => Buffer.from(input).toString("base64"))
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""))
}

function corpusPath(module: string, name: string): string {
  return join(dirname(fileURLToPath(module)), "corpus", `${name}.txt`)
}
