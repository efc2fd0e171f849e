// Measures the size of the smallest application with our client and with others, and the size that each import of ours
// adds.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { exec, root } from "../../tools/checks/exec.ts"
import { limit, withImport } from "./checks.ts"

/** The result of size-limit for one application: bytes after minifying and Brotli. */
interface Weight {
  readonly name: string
  readonly size: number
  readonly sizeLimit?: number
  readonly passed?: boolean
}

const usage = `Usage: npm run size -- [options]

  --write  put the tables into docs/client/size.md
  --help   print this and end

Exit code: 1 when an application is above its limit.
`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({ options: { write: { type: "boolean" }, help: { type: "boolean" } } })
  if (flags.help === true) {
    console.log(usage)
    return 0
  }
  const weights = await weigh()
  const tables = formatTables(weights)
  console.log(tables)
  if (flags.write === true) writeFileSync(join(root, "docs/client/size.md"), document(tables))
  const tooLarge = weights.filter(({ passed }) => passed === false)
  for (const { name, size, sizeLimit } of tooLarge) console.error(`${name}: ${size} bytes, above its ${sizeLimit}`)
  return tooLarge.length === 0 ? 0 : 1
}

async function weigh(): Promise<readonly Weight[]> {
  const command = ["node", "../node_modules/size-limit/bin.js", "--config", "checks.ts", "--json"]
  const { output } = await exec(command, { cwd: "e2e/size" })
  // When it fails it prints an object, or no JSON at all.
  if (!output.startsWith("[")) throw new Error(`size-limit did not weigh:\n${output}`)
  return JSON.parse(output) as readonly Weight[]
}

function formatTables(weights: readonly Weight[]): string {
  const isAddition = ({ name }: Weight): boolean => name.startsWith(withImport)
  const clients = weights.filter((weight) => !isAddition(weight))
  const ours = clients[0].size
  const byClient = clients
    .toSorted((a, b) => a.size - b.size)
    .map(({ name, size }) => `| ${name} | ${kilobytes(size)} | ${(size / ours).toFixed(2)} |`)
  const byImport = weights
    .filter(isAddition)
    .map(({ name, size }) => `| \`${name.slice(withImport.length)}\` | ${kilobytes(size - ours)} |`)
  return [
    "| client | kB | of ours |",
    "|---|--:|--:|",
    ...byClient,
    "",
    "| import | adds kB |",
    "|---|--:|",
    ...byImport,
    "",
  ].join("\n")
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(2)
}

function document(tables: string): string {
  return `# The size of the client

The first table is the size of an application that makes one unary call with two fields each way, with everything that it depends on. It
is bundled and minified by Rolldown, as in Vite 8, and compressed by Brotli. Each client uses the code that its own generator makes
(grpc-web's is written by hand in the layout of its generator, with google-protobuf 3). The second table says how much one more import adds
to that application. A kB is 1000 bytes.

About 15.3 kB of our application is the protobuf runtime with the descriptors of stock generated code, which connect-web contains as well.
protobuf-ts and nice-grpc-web have smaller runtimes, because their messages carry less type information. \`npm test\` fails if our
application is larger than ${limit}. It contains unary calls and server streams, deadlines, cancelling, interceptors and every error with its
likely cause. Everything that not every page needs is a separate import.

Made by \`npm run size -- --write\`.

${tables}`
}
