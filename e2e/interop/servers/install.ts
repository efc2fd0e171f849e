import { existsSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { exec, root } from "../../../tools/checks/exec.ts"

/** A program cannot be installed on this machine. The message gives the reason and the remedy. */
export class MissingToolchain extends Error {
  override readonly name = "MissingToolchain"
}

/** Instructions to build a program in an empty folder. */
export interface Recipe {
  /** The name in the cache, with the version. An existing entry is not built again. */
  readonly name: string
  /** The program's file in the folder. */
  readonly file: string
  /** A command that ends with 0 if the required tool is installed. */
  readonly toolchain: readonly string[]
  /** Commands that end with 0 and leave the file in `folder`. */
  commands(folder: string): readonly (readonly string[])[]
  env?(folder: string): Readonly<Record<string, string>>
}

const cache = join(root, ".cache/interop")

/**
 * The path of the program in the cache. Builds it first if it is not there. Rejects with `MissingToolchain` if that is
 * impossible.
 */
export async function install(recipe: Recipe): Promise<string> {
  const folder = join(cache, recipe.name)
  const path = join(folder, recipe.file)
  if (existsSync(path)) return path
  const [tool] = recipe.toolchain
  if ((await exec(recipe.toolchain)).exitCode !== 0) {
    throw new MissingToolchain(`${tool} is not installed: ${recipe.name} is made with it`)
  }
  console.log(`${recipe.name} is not here yet: made with ${tool} once, which may take minutes …`)
  const unfinished = `${folder}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  for (const command of recipe.commands(unfinished)) {
    const { exitCode, output } = await exec(command, { env: recipe.env?.(unfinished) ?? {} })
    if (exitCode !== 0) throw new MissingToolchain(`${recipe.name} could not be made: ${lastLines(output)}`)
  }
  await rm(folder, { recursive: true, force: true })
  await rename(unfinished, folder)
  return path
}

/** Returns the instructions for a Go program, by the path and version of its package. */
export function goProgram(name: string, version: string, packagePath: string): Recipe {
  return {
    name: `${name}-${version}`,
    file: packagePath.slice(packagePath.lastIndexOf("/") + 1),
    toolchain: ["go", "version"],
    commands: () => [["go", "install", `${packagePath}@${version}`]],
    env: (folder) => ({ GOBIN: folder }),
  }
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-3).join(" ")
}
