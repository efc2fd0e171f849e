import assert from "node:assert/strict"
import { checkConfig } from "../src/config/check.ts"
import { fillInFrom } from "../src/config/file/fill-in.ts"
import { parseYaml } from "../src/config/file/parse-yaml.ts"
import { Reading } from "../src/config/file/reading.ts"
import { readSettings } from "../src/config/file/settings-reader.ts"
import { routeList, upstreamMap } from "../src/config/fleet.ts"
import type { Config } from "../src/config/schema.ts"

/** Names, values and marks of configuration files. */
export const configFileWords: readonly string[] = [
  ..."upstreams: routes: name: upstream: endpoints: metadata: match: headers: retry: weights: sticky: answer:".split(
    " ",
  ),
  ..."a:1 http://a:1 ${SECRET} ${ $${ &a *a !!str << 30s 4MiB 10% on off none ~ null [ ] { } ,".split(" "),
  "\n",
  "\n  ",
  "- ",
  ": ",
]

const secret = "hunter2"
const fillIn = fillInFrom({ SECRET: `${secret}!` })
/** More than this is too long for a log line. */
const maxProblemsLength = 300_000

/** A file is a configuration, or has problems with places and without secrets. What is written of a configuration means the same. */
export function configFile(input: Uint8Array): void {
  const text = Buffer.from(input).toString("utf8")
  const { config, reading } = readText(text)
  const { problems } = reading
  assert.equal(config === null, problems.length > 0, "either a configuration or problems")
  const told = JSON.stringify(problems)
  assert(told.length < maxProblemsLength, `the problems have ${told.length} characters`)
  if (!text.includes(secret)) assert(!told.includes(secret), "a problem shows a secret")
  if (config !== null) assertRoundTrip(config)
}

function readText(text: string): { readonly config: Config | null; readonly reading: Reading } {
  const reading = new Reading("file", "bridge.yaml", fillIn)
  const { tree, problems } = parseYaml(text)
  for (const { message, place } of problems) {
    assert(place.line > 0 && place.column > 0)
    reading.refuse("", message, { place })
  }
  if (tree === null) return { config: null, reading }
  const { values, failed, upstreams, routes } = readSettings(tree, reading)
  const source = { values: Object.fromEntries(values), upstreams, routes }
  const config = checkConfig(source, (key) => key, failed, reading)
  return { config: reading.problemCount > 0 ? null : config, reading }
}

/** Upstreams and routes are written as `config print` writes them, but for the secrets in metadata. */
function assertRoundTrip(config: Config): void {
  const { upstreams, routes } = config
  const written = JSON.stringify({ upstreams: upstreamMap(config).write(upstreams), routes: routeList.write(routes) })
  assert(!written.includes(secret), "the configuration shows a secret")
  const again = readText(written)
  assert.deepEqual(again.reading.problems, [], written)
  assert.deepEqual(shown(again.config), shown(config))
}

function shown(config: Config | null): unknown {
  const hide = (key: string, value: unknown): unknown => (key === "metadata" || key === "add" ? "hidden" : value)
  return JSON.parse(JSON.stringify({ upstreams: config?.upstreams, routes: config?.routes }, hide))
}
