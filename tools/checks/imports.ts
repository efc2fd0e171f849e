// The directions in which the packages may import, and no cycles. What is imported has one name: a file its path from the
// root ("packages/bridge/src/core/pump.ts"), a package its specifier ("@causeway/protocol", "node:http2").

import { globSync, readFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"

const bridge = "packages/bridge/src/"
const client = ["@causeway/protocol", "@bufbuild/protobuf", "@connectrpc/connect"]
const edge = [`${bridge}core/`, "@causeway/protocol", "node:"]

/**
 * A file belongs to the first folder that it lies below, and may import from that folder and from what stands beside it.
 * stage-list.ts, generation.ts and their kind belong to none: they put the bridge together.
 */
const zones: readonly (readonly [folder: string, alsoFrom: readonly string[]])[] = [
  ["packages/protocol/src/", []],
  ["packages/client/src/connect/", ["packages/client/src/", ...client, "@connectrpc/connect-web"]],
  ["packages/client/src/react/", ["packages/client/src/", ...client, "react", "@tanstack/react-query"]],
  ["packages/client/src/", client],
  [`${bridge}core/`, ["@causeway/protocol"]],
  [`${bridge}downstream/`, edge],
  [`${bridge}stages/`, edge],
  [`${bridge}upstream/`, edge],
  [`${bridge}observe/`, [...edge, "pino"]],
]

interface Import {
  readonly name: string
  /** `import type`: gone at run time. It has a direction, but makes no cycle. */
  readonly isType: boolean
}

/** Reads the sources below `root` and gives one line for each import that goes the wrong way and for each cycle. */
export function checkImports(root: string): string[] {
  const files = globSync("{packages,apps,e2e,tools}/**/*.{ts,tsx}", {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|fixtures)$/.test(path),
  })
  const graph = new Map(files.sort().map((file) => [file, importsOf(file, readFileSync(join(root, file), "utf8"))]))
  return [...[...graph].flatMap(([file, imports]) => wrongWays(file, imports)), ...cycles(graph)]
}

/** Whole-line comments, which hold examples of imports. */
const comment = /^\s*(?:\/\/|\/\*|\*).*$/gm
const statement =
  /^(?:import|export)(\s+type)?\s[\w$*{},\s]*?from\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\("([^"]+)"\)/gm

/** All that a source imports. The formatter sees to the double quotes and to statements at the start of a line. */
function importsOf(file: string, source: string): Import[] {
  const found = source.replace(comment, "").matchAll(statement)
  return [...found].map(([, type, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? ""
    const name = specifier.startsWith(".") ? posix.join(dirname(file), specifier) : specifier
    return { name, isType: type !== undefined }
  })
}

function wrongWays(file: string, imports: readonly Import[]): string[] {
  const zone = zones.find(([folder]) => file.startsWith(folder))
  if (zone === undefined || /\.test(-d)?\./.test(file)) return []
  const [folder, alsoFrom] = zone
  const isAllowed = ({ name }: Import): boolean =>
    name.startsWith(folder) ||
    alsoFrom.some((part) => name === part || name.startsWith(/[/:]$/.test(part) ? part : `${part}/`))
  return imports.filter((imported) => !isAllowed(imported)).map(({ name }) => `${file} must not import ${name}`)
}

/** One line for each import that leads back to a file on the way to it. */
function cycles(graph: ReadonlyMap<string, readonly Import[]>): string[] {
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [`import cycle: ${[...way.slice(way.indexOf(file)), file].join(" → ")}`]
    if (done.has(file)) return []
    const next = (graph.get(file) ?? []).filter(({ isType }) => !isType)
    const found = next.flatMap(({ name }) => visit(name, [...way, file]))
    done.add(file)
    return found
  }
  return [...graph.keys()].flatMap((file) => visit(file, []))
}
