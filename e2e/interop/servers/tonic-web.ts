import { join } from "node:path"
import { install } from "./install.ts"
import type { Recipe } from "./install.ts"
import type { StartProxyProcess } from "./other-server.ts"
import { startProgram } from "./program.ts"

const manifest = join(import.meta.dirname, "tonic-web/Cargo.toml")
const recipe: Recipe = {
  name: "tonic-web-0.14.9",
  file: "release/tonic-web-proxy",
  toolchain: ["cargo", "--version"],
  commands: (folder) => [
    ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", manifest, "--target-dir", folder],
  ],
}

/** tonic's gRPC-Web layer in front of hyper's client. */
export const startTonicWeb: StartProxyProcess = async ({ host }) => {
  const program = await startProgram([await install(recipe), host], /listening on (\S+)/)
  return { address: program.found, pid: program.pid, close: program.close }
}
