import { execFile } from "node:child_process"
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { onTestFinished } from "vitest"

const run = promisify(execFile)

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url))
const client = join(root, "packages/client")

/** A file of a project that is compiled. */
export interface ProjectFile {
  readonly name: string
  readonly text: string
}

/** A folder with these files, for one test, in which the client and all that it may be used with is found. */
export async function projectOf(files: readonly ProjectFile[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-manual-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(join(client, "node_modules"), join(folder, "node_modules"))
  await symlink(join(root, "proto/gen"), join(folder, "gen"))
  const entries = ["connect", "playwright", "react", "testing"]
  const paths = Object.fromEntries(
    entries.map((name) => [`@causeway/client/${name}`, [`${client}/src/${name}/index.ts`]]),
  )
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "esnext.disposable", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    paths: { "@causeway/client": [`${client}/src/index.ts`], ...paths },
  }
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }))
  for (const { name, text } of files) await writeFile(join(folder, name), text)
  return folder
}

/** What the compiler has to say; "" if nothing. */
export async function complaints(folder: string): Promise<string> {
  const compiler = join(
    dirname(createRequire(join(root, "package.json")).resolve("typescript/package.json")),
    "bin/tsc",
  )
  return run(process.execPath, [compiler, "-p", folder]).then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string }) => error.stdout || error.message,
  )
}
