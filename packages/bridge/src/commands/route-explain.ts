import { isOfProxies } from "../downstream/request-fields.ts"
import { explainParts, readExplainRequest } from "../routing/explain-request.ts"
import { explainRoutes, routeExplanationText } from "../routing/explain.ts"
import { createRouteTable } from "../routing/route-table.ts"
import type { CommandResult } from "./command.ts"
import { loadForCommand } from "./load-for-command.ts"

const usage =
  "expected route explain --config FILE --method package.Service/Method [--header name:value]… [--origin ORIGIN] [--wire grpc-web|grpc-web-text|grpc]"

/** `route explain`: the route that takes a call, and why. 0 if one does, otherwise 1. */
export function explainCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandResult {
  const { parts, problems, rest } = readFlags(argv)
  const read = readExplainRequest(parts, (name) => `--${name}`)
  const wrong = [...problems, ...(read.kind === "problems" ? read.problems : [])]
  if (read.kind === "problems" || wrong.length > 0) {
    return { stdout: "", stderr: `route explain: ${wrong.join("; ")}; ${usage}\n`, exitCode: 2 }
  }
  const loaded = loadForCommand(rest, env)
  if (loaded.kind === "result") return loaded.result
  const explanation = explainRoutes(createRouteTable(loaded.loaded.config.routes), read.request, isOfProxies)
  const exitCode = explanation.route === null ? 1 : 0
  return { stdout: routeExplanationText(explanation), stderr: loaded.warnings, exitCode }
}

interface Flags {
  /** The flags that describe the call, with their values. */
  readonly parts: readonly (readonly [string, string])[]
  readonly problems: readonly string[]
  /** The flags of the configuration. */
  readonly rest: readonly string[]
}

const partForm = new RegExp(`^--(${explainParts.join("|")})(?:=(.*))?$`, "s")

function readFlags(argv: readonly string[]): Flags {
  const parts: [string, string][] = []
  const problems: string[] = []
  const rest: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const [, name, inline] = partForm.exec(argv[i]) ?? []
    const value = inline ?? (name === undefined ? undefined : argv.at(++i))
    if (name === undefined) rest.push(argv[i])
    else if (value === undefined) problems.push(`received no value for --${name}`)
    else parts.push([name, value])
  }
  return { parts, problems, rest }
}
