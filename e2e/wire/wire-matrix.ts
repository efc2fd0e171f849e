import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Matrix, MatrixCell } from "../interop/matrix.ts"
import { elsewhere } from "./cases/elsewhere.ts"
import { themes } from "./cases/themes.ts"
import type { WireResults } from "./results.ts"
import { resultsFolder } from "./results.ts"
import { variantsOf } from "./variant.ts"

const runs = themes.flatMap(([, cases]) => cases).reduce((sum, { span }) => sum + variantsOf(span).length, 0)

const about = `[The wire list](../e2e/wire/README.md) says what a proxy from gRPC-Web to gRPC must do. These are the results of
\`npm run wire -- --against bridge,envoy --write\`: ${runs} runs at each proxy, between a raw client and a raw backend, over HTTP/1.1 and HTTP/2,
binary and text. The expectations follow the specifications; where those say nothing, the list gives the reason for our decision. Envoy has
the configuration of a gRPC-Web gateway ([its configuration](../e2e/wire/targets/envoy-config.ts)). A feature that a proxy does not claim to
have is not judged. A footnote quotes the observed behaviour.`

/** The table of all stored results; null until there are results of the bridge. */
export function wireMatrix(): Matrix | null {
  const bridge = readResults("bridge")
  if (bridge === null) return null
  const results = [bridge, readResults("envoy")].filter((one) => one !== null)
  const rows = bridge.results.map(({ id, title }) => ({
    name: `${id} ${title}`,
    cells: results.map((one) => cellOf(one, id, title)),
  }))
  const others = elsewhere.map(({ id, title, why }) => ({
    name: `${id} ${title}`,
    cells: results.map((): MatrixCell => ({ kind: "skip", reason: why })),
  }))
  return {
    heading: "The wire list",
    about,
    rowsAre: "",
    columns: results.map(({ target, version }) => `${target} ${version}`),
    rows: [...rows, ...others],
  }
}

function readResults(name: string): WireResults | null {
  const file = join(resultsFolder, `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as WireResults) : null
}

function cellOf({ results }: WireResults, id: string, title: string): MatrixCell | null {
  const found = results.find((one) => one.id === id && one.title === title)
  if (found === undefined) return null
  if (found.outcome === "pass") return { kind: "pass" }
  return { kind: found.outcome === "fail" ? "fail" : "skip", reason: plain(found.seen) }
}

/** Escapes text of a proxy, which may contain Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/([\\`*_<>[\]])/g, "\\$1")
}
