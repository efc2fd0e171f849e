import { join } from "node:path"
import { install } from "./install.ts"
import type { Recipe } from "./install.ts"
import type { StartProxy } from "./other-server.ts"
import { startProgram } from "./program.ts"

const sources = join(import.meta.dirname, "go")
const recipe: Recipe = {
  name: "vanguard-v0.4.0",
  file: "vanguard",
  toolchain: ["go", "version"],
  commands: (folder) => [["go", "build", "-C", sources, "-o", join(folder, "vanguard"), "./vanguard"]],
}

/** vanguard-go in front of the reverse proxy of Go's standard library. */
export const startVanguard: StartProxy = async ({ href }) => {
  const program = await startProgram([await install(recipe), "-backend", href], /listening on (\S+)/)
  return { address: program.found, close: program.close }
}
