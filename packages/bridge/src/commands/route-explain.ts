import type { Wire } from "../core/wire.ts"
import type { RouteRequest } from "../routing/conditions.ts"
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
  const { request, problem, rest } = readCall(argv)
  if (problem !== null) return { stdout: "", stderr: `route explain: ${problem}; ${usage}\n`, exitCode: 2 }
  const read = loadForCommand(rest, env)
  if (read.kind === "result") return read.result
  const explanation = explainRoutes(createRouteTable(read.loaded.config.routes), request)
  const exitCode = explanation.route === null ? 1 : 0
  return { stdout: routeExplanationText(explanation), stderr: read.warnings, exitCode }
}

interface Call {
  readonly request: RouteRequest
  readonly problem: string | null
  /** The flags of the configuration. */
  readonly rest: readonly string[]
}

const wires: readonly string[] = ["grpc-web", "grpc-web-text", "grpc"] satisfies Wire[]

function readCall(argv: readonly string[]): Call {
  const headers = new Map<string, string>()
  const given = new Map<string, string>()
  const rest: string[] = []
  const problems: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const [, flag, inline] = /^--(method|header|origin|wire)(?:=(.*))?$/s.exec(argv[i]) ?? []
    if (flag === undefined) {
      rest.push(argv[i])
      continue
    }
    const value = inline ?? argv.at(++i)
    if (value === undefined) problems.push(`received no value for --${flag}`)
    else if (flag !== "header") given.set(flag, value)
    else if (!addHeader(headers, value)) problems.push(`received --header ${value.slice(0, 20)} without a colon`)
  }
  const method = given.get("method")
  const wire = given.get("wire") ?? "grpc-web"
  if (method === undefined) problems.push("received no --method")
  if (!wires.includes(wire)) problems.push(`received --wire ${wire}`)
  const request: RouteRequest = {
    path: method?.startsWith("/") === true ? method : `/${method}`,
    origin: given.get("origin") ?? headers.get("origin") ?? null,
    wire: wire as Wire,
    header: (name) => headers.get(name) ?? null,
  }
  return { request, problem: problems.length === 0 ? null : problems.join("; "), rest }
}

/** False: the text is not `name:value`. Values of one name are joined by a comma. */
function addHeader(headers: Map<string, string>, text: string): boolean {
  const colon = text.indexOf(":")
  if (colon < 1) return false
  const name = text.slice(0, colon).trim().toLowerCase()
  const value = text.slice(colon + 1).trim()
  const before = headers.get(name)
  headers.set(name, before === undefined ? value : `${before}, ${value}`)
  return true
}
