import { globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { propertyRuns } from "../../test/support/fuzz-runs.ts"
import { ConfigError, parseConfig } from "./check.ts"
import { parseYaml } from "./file/parse-yaml.ts"
import type { Loaded } from "./load.ts"
import { loadConfig } from "./load.ts"

const file = join(mkdtempSync(join(tmpdir(), "causeway-random-")), "bridge.yaml")
const folder = fileURLToPath(new URL("../../examples/", import.meta.url))
const examples = globSync("*.yaml", { cwd: folder }).map((name) => readFileSync(join(folder, name), "utf8"))

/** Reads a text as a file. Every result that is no configuration has at least one problem, each in words. */
function load(text: string): Loaded["kind"] {
  writeFileSync(file, text)
  const loaded = loadConfig(["--config", file], { USERS_API_KEY: "hunter2" })
  if (loaded.kind !== "problems") return loaded.kind
  expect(loaded.problems.length).toBeGreaterThan(0)
  expect(JSON.stringify(loaded.problems).length).toBeLessThan(100_000)
  for (const { name, message } of loaded.problems) {
    expect(`${name}${message}`).not.toMatch(/hunter2|undefined: |\[object Object\]/)
    expect(name).not.toBe("")
  }
  return loaded.kind
}

/** Numbers from 0 to below 1 that are the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const words =
  "~ null on off true 0 -1 1e999 .nan 30s 4MiB 10% {} [] '' \"\" &a *a <<: !!binary ${X} ${file:/} ${ - : , # | > ? @ % default none name: upstream: upstreams: routes: weights: \u0000 \ud800".split(
    " ",
  )

describe("any text as a file", () => {
  it("gives a configuration or problems, never an exception: examples with random changes", () => {
    const random = randomOf(7)
    const pick = (limit: number): number => Math.floor(random() * limit)
    const kinds = new Set<string>()
    const until = performance.now() + propertyRuns.interruptAfterTimeLimit
    for (let run = 0; run < propertyRuns.numRuns && performance.now() < until; run++) {
      let text = examples[run % examples.length]
      for (let change = 0; change <= pick(3); change++) {
        const [from, to] = [pick(text.length), pick(text.length)]
        const word =
          random() < 0.3 ? text.slice(Math.min(from, to), Math.max(from, to)).slice(0, 60) : words[pick(words.length)]
        text = text.slice(0, from) + word + text.slice(from + pick(random() < 0.5 ? 2 : 20))
      }
      kinds.add(load(text))
    }
    expect([...kinds].sort()).toEqual(["config", "problems"])
  })

  it.each([
    ["brackets", "[".repeat(100_000)],
    ["braces", "{a: ".repeat(50_000)],
    ["dashes", "- ".repeat(100_000)],
    [
      "aliases that multiply",
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${"bcdefghij"
        .split("")
        .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[i]}`).join(",")}]`)
        .join("\n")}`,
    ],
    ["an alias to itself", "upstreams: &a { a: *a }"],
    ["two documents", "listen: a:1\n---\nlisten: b:1"],
    ["a list", "- a"],
    ["a text", "hello"],
    ["nothing", ""],
    ["only a comment", "# nothing"],
    [
      "names of prototypes",
      "__proto__: { a: 1 }\nconstructor: 1\nupstreams: { __proto__: { endpoints: [a:1] }, toString: {} }",
    ],
    ["a million commas", `[${",".repeat(1_000_000)}]`],
    ["a million quotes", '"'.repeat(1_000_000)],
    ["aliases of nothing", "*a\n".repeat(300_000)],
    ["wrong escapes", `"${"\\q".repeat(500_000)}"`],
    ["the same name again and again", "a:\n".repeat(300_000)],
    [
      "a map again and again",
      `x: &x {${Array.from({ length: 1_000 }, (_, i) => `k${i}: 1`).join()}}\nupstreams:\n${Array.from({ length: 190 }, (_, i) => ` u${i}: *x\n`).join("")}`,
    ],
    ["two MiB", `# ${"a".repeat(2 << 20)}`],
  ])("is read in bounded time and refused, in a few words: %s", (_name, text) => {
    expect(load(text)).toBe("problems")
  })

  it("has a place for every node of a tree that can be read", () => {
    for (const text of examples) {
      const { tree, problems } = parseYaml(text)
      expect(problems).toEqual([])
      expect(tree?.place).toEqual({ line: expect.any(Number), column: 1 })
    }
  })
})

it("any value in code gives a configuration or a ConfigError", () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  const values = [
    undefined,
    null,
    0,
    Number.NaN,
    "",
    "a",
    true,
    [],
    {},
    cycle,
    () => 1,
    Symbol("a"),
    1n,
    new Date(0),
    [[]],
    [{}],
    [{ name: 1 }],
  ]
  const upstreams = [{ name: "a", endpoints: ["a:1"] }]
  for (const value of values) {
    for (const input of [
      { upstreams: value },
      { upstreams, routes: value },
      { upstreams: [{ name: "a", endpoints: value }] },
      { upstreams: [{ name: "a", endpoints: ["a:1"], tls: value, balancing: value, metadata: value, outlier: value }] },
      { upstreams, routes: [{ name: "r", action: value }] },
      { upstreams, routes: [{ name: "r", action: { kind: "split", upstreams: value } }] },
      { upstreams, routes: [{ name: "r", action: { kind: value } }] },
      { upstreams, routes: [{ name: "r", action: { kind: "upstream", upstream: "a" }, match: value }] },
    ]) {
      try {
        parseConfig(input)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }
  }
})
