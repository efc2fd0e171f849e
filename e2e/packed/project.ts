import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { exec, root } from "../../tools/checks/exec.ts"
import { packInto } from "../../tools/checks/packages.ts"

/** An independent project outside the workspace, with the packed packages in its node_modules. */
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
    const { command, packages } = packInto(join(dir, "packed"))
    await mustSucceed(command)
    const own = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
    const manifest = { private: true, type: "module", dependencies: { ...own, ...dependencies } }
    await writeFile(join(dir, "package.json"), JSON.stringify(manifest))
    await project.run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund")
    return project
  } catch (error) {
    await project.remove()
    throw error
  }
}

async function mustSucceed(command: readonly string[], cwd = root): Promise<string> {
  const { exitCode, output } = await exec(command, { cwd })
  if (exitCode !== 0) throw new Error(`$ ${command.join(" ")}\n${output}\nended with exit code ${exitCode}`)
  return output
}
