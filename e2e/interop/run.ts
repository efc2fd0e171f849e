// Runs the interop tests. `pnpm interop` also writes the results into docs/interop.md.

import { parseArgs } from "node:util"
import { endTogether } from "../../tools/checks/exec.ts"
import { runClients } from "./clients-matrix.ts"
import { saveMatrix } from "./matrix.ts"
import type { Matrix } from "./matrix.ts"
import { runInteropTests } from "./grpc-matrix.ts"
import { interopBackends } from "./grpc/interop-backends.ts"
import { runServers } from "./servers-matrix.ts"
import { writeDocument } from "./write-document.ts"

const usage = `Usage: node e2e/interop/run.ts [options]

  --only <name,…>  run these parts alone
  --write          write what was seen into docs/interop.md
  --list           print the parts and end
  --help           print this and end

Exit code: 0 when everything went as expected, else 1.
`

/** One table of the page, and the function that makes it. */
interface Part {
  readonly name: string
  readonly about: string
  run(): Promise<Matrix>
}

const parts: readonly Part[] = [
  { name: "clients", about: "clients of others before the bridge, in browsers", run: runClients },
  { name: "servers", about: "our client before servers of others", run: runServers },
  ...interopBackends.map((backend) => ({
    name: backend.name,
    about: `grpc's interop tests by the bridge, before ${backend.name}`,
    run: () => runInteropTests(backend),
  })),
]

endTogether()
process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      only: { type: "string" },
      write: { type: "boolean", default: false },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  })
  const wanted = flags.only?.split(",") ?? parts.map(({ name }) => name)
  const unknown = wanted.filter((name) => parts.every((part) => part.name !== name))
  if (unknown.length > 0) return print(`No part is called ${unknown.join(" or ")}; --list prints the names.`, 2)
  if (flags.help === true) return print(usage)
  if (flags.list === true) return print(parts.map(({ name, about }) => `${name.padEnd(12)} ${about}`).join("\n"))
  let failures = 0
  for (const { name, run } of parts.filter(({ name }) => wanted.includes(name))) {
    const matrix = await run()
    await saveMatrix(`interop/${name}`, matrix)
    failures += report(name, matrix)
  }
  if (flags.write) writeDocument()
  return failures > 0 ? 1 : 0
}

/** Prints the failures and the counts. Returns the number of failures. */
function report(part: string, { columns, rows }: Matrix): number {
  const counts = { pass: 0, limit: 0, fail: 0, skip: 0, text: 0 }
  for (const { name, cells } of rows) {
    for (const [i, cell] of cells.entries()) {
      if (cell === null) continue
      counts[cell.kind]++
      if (cell.kind === "fail") console.log(`✗ ${columns[i]} › ${name}: ${cell.reason}`)
    }
  }
  const { pass, limit, fail, skip } = counts
  console.log(`${part.padEnd(10)} ${pass} passed, ${limit} known limits, ${fail} failed, ${skip} skipped`)
  return fail
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
