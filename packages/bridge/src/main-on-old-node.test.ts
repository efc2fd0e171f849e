import { execFile, execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { tmpdir } from "node:os"
import { basename, delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isSupportedNode } from "./supported-node.ts"

/** The modules that main.ts loads before it checks Node's version, compiled to JavaScript as in the published package. */
let program: string
let modules: string[]

beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), "causeway-main-"))
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }')
  modules = []
  const build = (source: string): void => {
    const name = basename(source, ".ts")
    modules.push(name)
    const code = stripTypeScriptTypes(readFileSync(source, "utf8").replace(/^#!.*/, ""))
    writeFileSync(join(directory, `${name}.js`), code.replaceAll(/"(\.\/[a-z-]+)\.ts"/g, '"$1.js"'))
    for (const [, imported] of code.matchAll(/^import .* from "\.\/([a-z-]+)\.ts"/gm)) {
      if (!modules.includes(imported)) build(fileURLToPath(new URL(`./${imported}.ts`, import.meta.url)))
    }
  }
  build(fileURLToPath(new URL("./main.ts", import.meta.url)))
  program = join(directory, "main.js")
})
afterAll(() => rmSync(join(program, ".."), { recursive: true }))

function run(node: string, args: string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(node, args, (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }))
  })
}

/** Removes the globals and methods that Node 18 lacks, and a few that it has. */
const likeNode18 = `
  for (const [owner, names] of [
    [Promise, ["withResolvers", "try"]],
    [Array, ["fromAsync"]],
    [Array.prototype, ["toSorted", "toReversed", "toSpliced", "with", "findLast"]],
    [Object, ["groupBy", "hasOwn"]],
    [Map, ["groupBy"]],
    [Set.prototype, ["union", "difference", "intersection"]],
    [String.prototype, ["isWellFormed", "at"]],
    [URL, ["parse", "canParse"]],
    [process, ["getBuiltinModule", "features", "threadCpuUsage"]],
    [globalThis, ["Iterator", "WebSocket", "navigator", "CustomEvent", "structuredClone", "fetch"]],
  ]) {
    for (const name of names) Reflect.deleteProperty(owner, name)
  }
  Object.defineProperty(process.versions, "node", { value: "18.20.8" })
`

describe("the program on a Node that is too old", () => {
  it("checks the Node version before it loads the bridge", () => {
    expect(modules).toEqual(["main", "signals", "supported-node"])
  })

  it("names the Node version that is needed, and uses nothing that Node 18 lacks", async () => {
    const preload = `data:text/javascript,${encodeURIComponent(likeNode18)}`
    const { code, stderr } = await run(process.execPath, ["--import", preload, program])
    expect([code, stderr]).toEqual([2, message("18.20.8")])
  })

  const old = oldNode()
  it.skipIf(old === null)(
    `says so on a real one, where the PATH has one (${old?.version ?? "it has none"})`,
    async () => {
      const { code, stderr } = await run(old?.path ?? "", [program])
      expect([code, stderr]).toEqual([2, message(old?.version ?? "")])
    },
  )
})

function message(version: string): string {
  return `causeway-bridge: this is Node ${version}, whose HTTP/2 keeps broken connections; 24.17, 26.2 or newer of each line is needed\n`
}

/** The first Node on the PATH that is too old for the bridge. */
function oldNode(): { readonly path: string; readonly version: string } | null {
  const paths = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"))
  for (const path of paths.filter((one) => existsSync(one))) {
    const version = execFileSync(path, ["--version"], { encoding: "utf8" }).trim().slice(1)
    if (!isSupportedNode(version)) return { path, version }
  }
  return null
}
