// Checks the directions in which packages may import, and refuses import cycles, including cycles of `import type`.
// Imported files are named by their path from the root ("packages/bridge/src/core/call.ts"). Packages are named by
// their specifier ("@causeway/protocol", "node:http2").

import { globSync, readFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"

const bridge = "packages/bridge/src/"
const client = ["@causeway/protocol", "@bufbuild/protobuf", "@connectrpc/connect"]
const edge = [`${bridge}core/`, `${bridge}http2/`, "@causeway/protocol", "node:"]

/**
 * A file belongs to the first of these folders that contains it. It may import from that folder and from the places listed
 * beside it. Files in no folder, such as stage-list.ts and generation.ts, may import anything: they assemble the bridge.
 */
const zones: readonly (readonly [folder: string, alsoFrom: readonly string[]])[] = [
  ["packages/protocol/src/", []],
  ["packages/client/src/connect/", ["packages/client/src/", ...client, "@connectrpc/connect-web"]],
  ["packages/client/src/react/", ["packages/client/src/", ...client, "react", "@tanstack/react-query"]],
  ["packages/client/src/", client],
  [`${bridge}core/`, ["@causeway/protocol"]],
  [`${bridge}http2/`, [`${bridge}core/`, "@causeway/protocol", "node:"]],
  [`${bridge}downstream/`, edge],
  [`${bridge}routing/`, [`${bridge}core/`, "@causeway/protocol"]],
  [`${bridge}stages/`, [`${bridge}routing/`, ...edge]],
  [`${bridge}upstream/`, edge],
  [`${bridge}observe/`, [...edge, "pino"]],
]

/** Reads the sources below `root`. Returns one line for each import in a forbidden direction and for each cycle. */
export function checkImports(root: string): string[] {
  const files = globSync("{packages,apps,e2e,tools}/**/*.{ts,tsx}", {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|fixtures)$/.test(path),
  })
  const graph = new Map(files.sort().map((file) => [file, importsOf(file, readFileSync(join(root, file), "utf8"))]))
  return [...[...graph].flatMap(([file, imports]) => wrongWays(file, imports)), ...cycles(graph)]
}

/** Whole-line comments. They are removed first, because they can contain examples of imports. */
const comment = /^\s*(?:\/\/|\/\*|\*).*$/gm
const statement = /^(?:import|export)\s[\w$*{},\s]*?from\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\("([^"]+)"\)/gm

/** Finds all imports of a source. Relies on the formatter for double quotes and for statements at line starts. */
function importsOf(file: string, source: string): string[] {
  const found = source.replace(comment, "").matchAll(statement)
  return [...found].map(([, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? ""
    return specifier.startsWith(".") ? posix.join(dirname(file), specifier) : specifier
  })
}

function wrongWays(file: string, imports: readonly string[]): string[] {
  const zone = zones.find(([folder]) => file.startsWith(folder))
  if (zone === undefined || /\.test(-d)?\./.test(file)) return []
  const [folder, alsoFrom] = zone
  const isAllowed = (name: string): boolean =>
    name.startsWith(folder) ||
    alsoFrom.some((part) => name === part || name.startsWith(/[/:]$/.test(part) ? part : `${part}/`))
  return imports.filter((name) => !isAllowed(name)).map((name) => `${file} must not import ${name}`)
}

/** Returns one line for each import that closes a cycle. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [`import cycle: ${[...way.slice(way.indexOf(file)), file].join(" → ")}`]
    if (done.has(file)) return []
    const found = (graph.get(file) ?? []).flatMap((name) => visit(name, [...way, file]))
    done.add(file)
    return found
  }
  return [...graph.keys()].flatMap((file) => visit(file, []))
}
