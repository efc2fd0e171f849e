import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { globSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { exec, root } from "../../tools/checks/exec.ts"

/** An independent project outside the workspace, with the packed client in its node_modules. */
export interface Project {
  readonly dir: string
  /** Runs a command in the project and returns its output. Rejects with the output if the command fails. */
  run(...command: readonly string[]): Promise<string>
  remove(): Promise<void>
}

/** The project's other dependencies, with exact versions. */
const dependencies = {
  "@bufbuild/protobuf": "2.17.0",
  "@connectrpc/connect": "2.2.0",
  vite: "8.3.8",
  // The three latest lines.
  "typescript-5": "npm:typescript@5.9.3",
  "typescript-6": "npm:typescript@6.0.3",
  "typescript-7": "npm:typescript@7.0.2",
}

/** Packs the packages, and installs them with npm into a new project made of the template. */
export async function createProject(): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), "causeway-packed-"))
  const project: Project = {
    dir,
    run: (...command) => mustSucceed(command, dir),
    remove: () => rm(dir, { recursive: true, force: true }),
  }
  try {
    await cp(join(import.meta.dirname, "template"), dir, { recursive: true })
    await cp(join(root, "proto/gen/grpc/health/v1/health_pb.ts"), join(dir, "gen/health_pb.ts"))
    await pack(dir)
    const tarballs = globSync("causeway-*.tgz", { cwd: dir })
    const own = Object.fromEntries(tarballs.map((file) => [nameOf(file), `file:${file}`]))
    const manifest = { private: true, type: "module", dependencies: { ...own, ...dependencies } }
    await writeFile(join(dir, "package.json"), JSON.stringify(manifest))
    await project.run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund")
    return project
  } catch (error) {
    await project.remove()
    throw error
  }
}

/** Puts the tarballs of the client and of what it depends on into `dir`. */
async function pack(dir: string): Promise<void> {
  const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    packageManager: string
  }
  const pnpm = ["npx", "--yes", "--prefer-offline", packageManager]
  await mustSucceed(
    [
      ...pnpm,
      "-r",
      "--filter",
      "@causeway/client...",
      "--filter",
      "!@causeway/proto",
      "pack",
      "--pack-destination",
      dir,
    ],
    root,
  )
}

/** `causeway-client-0.1.0.tgz` holds `@causeway/client`. */
function nameOf(tarball: string): string {
  return tarball.replace(/^causeway-(.+)-\d.*$/, "@causeway/$1")
}

async function mustSucceed(command: readonly string[], cwd: string): Promise<string> {
  const { exitCode, output } = await exec(command, { cwd })
  if (exitCode !== 0) throw new Error(`$ ${command.join(" ")}\n${output}\nended with exit code ${exitCode}`)
  return output
}
