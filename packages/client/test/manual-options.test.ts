import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { complaints, projectOf, root } from "./compiled-project.ts"

/** The types whose fields the manual's tables of options list, table by table. */
const optionTypes: Readonly<Record<string, readonly string[]>> = {
  "docs/client.md": ["client.TransportOptions", "client.CallOptions", "client.SilenceOptions"],
  "docs/client/auth.md": ["client.AuthOptions"],
  "docs/client/connect.md": ["connect.ConnectTransportOptions"],
  "docs/client/dedupe.md": ["client.DedupeOptions"],
  "docs/client/devtools.md": ["client.DevtoolsOptions"],
  "docs/client/lifecycle.md": ["client.LifecycleOptions"],
  "docs/client/logger.md": ["client.LoggerOptions"],
  "docs/client/react.md": ["react.UseStreamOptions<unknown, unknown>"],
  "docs/client/resumable.md": ["client.ResumableOptions<unknown, unknown>"],
  "docs/client/retry.md": ["client.RetryOptions"],
  "docs/client/testing.md": ["testing.MockTransportOptions"],
  "docs/client/trace.md": ["client.TraceOptions"],
}

const imports = `
import type * as client from "@causeway/client"
import type * as connect from "@causeway/client/connect"
import type * as react from "@causeway/client/react"
import type * as testing from "@causeway/client/testing"

type None<T extends never> = T
`

/** The names in the first column of each table of options. */
function optionTables(page: string): string[][] {
  const tables = page.matchAll(/^\| (?:option|limit) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/gm)
  return [...tables].map(([, rows]) => {
    const cells = rows.split("\n").map((row) => row.split(" | ")[0])
    return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name))
  })
}

/** Compiles if the names are those of the options, all of them and no others. */
function sameNames(type: string, names: readonly string[]): string {
  const union = names.map((name) => `"${name}"`).join(" | ")
  return `null! as [None<Exclude<keyof ${type}, ${union}>>, None<Exclude<${union}, keyof ${type}>>]`
}

it("the manual lists exactly the options that exist", { timeout: 120_000 }, async () => {
  const checks: string[] = []
  for (const [page, types] of Object.entries(optionTypes)) {
    const tables = optionTables(await readFile(join(root, page), "utf8"))
    expect(tables, page).toHaveLength(types.length)
    tables.forEach((names, at) => checks.push(sameNames(types[at], names)))
  }
  const folder = await projectOf([{ name: "options.ts", text: imports + checks.join("\n") }])
  expect(await complaints(folder)).toBe("")
})

it("the check reports a missing option and a removed option", { timeout: 120_000 }, async () => {
  const text = `${imports}${sameNames("client.DedupeOptions", ["isShared", "identity", "noSuchOption"])}`
  const found = await complaints(await projectOf([{ name: "options.ts", text }]))
  expect(found).toMatch(/"ignoredHeaders"' does not satisfy the constraint 'never'/)
  expect(found).toMatch(/"noSuchOption"' does not satisfy the constraint 'never'/)
})
