import { dirname } from "node:path"
import type { Project } from "./project.ts"

/** The runtimes of the client other than browsers. */
interface Runtime {
  readonly name: string
  /** Installs the runtime into the project if it is not there, and returns the path of its program. */
  install(project: Project): Promise<string>
  /** The command that runs a script; the script's name and arguments follow. */
  command(program: string): readonly string[]
}

const npm = ["npm", "install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund"] as const

/** The supported versions of Node, Deno and Bun, each from npm with an exact version. */
export const runtimes: readonly Runtime[] = [
  nodeOf("22.23.3"),
  nodeOf("24.21.0"),
  nodeOf("26.10.0"),
  {
    name: "Deno 2",
    async install(project) {
      await project.run(...npm, "deno@2.9.6")
      return "node_modules/.bin/deno"
    },
    command: (program) => [program, "run", "--no-lock", "--allow-net=127.0.0.1", "--allow-env"],
  },
  {
    name: "Bun 1",
    async install(project) {
      await project.run(...npm, "bun@1.4.5")
      return "node_modules/.bin/bun"
    },
    command: (program) => [program],
  },
]

function nodeOf(version: string): Runtime {
  return {
    name: `Node ${version}`,
    install: async (project) =>
      (
        await project.run("npx", "--yes", "--prefer-offline", "-p", `node@${version}`, "node", "-p", "process.execPath")
      ).trim(),
    command: (program) => ["env", `PATH=${dirname(program)}`, program],
  }
}
