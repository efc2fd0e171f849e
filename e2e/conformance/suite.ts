import { existsSync } from "node:fs"
import { rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { exec, root } from "../../tools/checks/exec.ts"

/** The release of connectrpc/conformance that all numbers here belong to. */
const version = "v1.0.5"
const modulePath = "connectrpc.com/conformance"
const remedy = "The suite needs Go 1.24 or later and Go's module proxy; run this again once they are there."
const programs = ["connectconformance", "grpcserver", "referenceserver"] as const

/** The programs of the suite, by path. */
export type Suite = Readonly<Record<(typeof programs)[number], string>>

/**
 * The suite in this machine's cache. Builds it with the installed Go first if it is not there. Throws if that is
 * impossible.
 */
export async function installSuite(): Promise<Suite> {
  const folder = join(root, ".cache/conformance", version)
  const suite = Object.fromEntries(programs.map((program) => [program, join(folder, program)])) as unknown as Suite
  if (Object.values(suite).every((path) => existsSync(path))) return suite
  console.log(`The conformance suite ${version} is not here yet: Go fetches and builds it, which takes a few minutes …`)
  // Shows the output live: Go prints each module that it fetches.
  const packages = programs.map((program) => `${modulePath}/cmd/${program}@${version}`)
  const unfinished = `${folder}.unfinished`
  const { exitCode, output } = await exec(["go", "install", ...packages], { env: { GOBIN: unfinished }, isLive: true })
  if (exitCode !== 0) throw new Error(`${output}The suite could not be built: exit code ${exitCode}. ${remedy}`)
  await rm(folder, { recursive: true, force: true })
  await rename(unfinished, folder)
  return suite
}

/** The folder of the suite's proto files, in the cache of Go's modules. */
export async function protoFolder(): Promise<string> {
  const { exitCode, output } = await exec(["go", "mod", "download", "-json", `${modulePath}@${version}`])
  if (exitCode !== 0) throw new Error(output)
  const json = output.slice(output.indexOf("{")) // after the progress of a first download
  const { Dir } = JSON.parse(json) as { readonly Dir: string }
  return join(Dir, "proto")
}
