import type { Command, CommandResult } from "./command.ts"
import { checkCommand } from "./config-check.ts"
import { printCommand } from "./config-print.ts"
import { schemaCommand } from "./config-schema.ts"
import { explainCommand } from "./route-explain.ts"

const commands: ReadonlyMap<string, Command> = new Map([
  ["config check", checkCommand],
  ["config print", printCommand],
  ["config schema", schemaCommand],
  ["route explain", explainCommand],
])

/** Runs the command that the command line begins with. */
export function runCommand(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): CommandResult {
  const [group, verb = ""] = argv
  const name = verb.startsWith("-") ? group : `${group} ${verb}`.trim()
  const command = commands.get(name)
  if (command !== undefined) return command(argv.slice(2), env)
  const hint = /\.(?:ya?ml|json)$/.test(group) ? `; did you mean --config ${group}?` : ""
  const expected = `${[...commands.keys()].join(", ")}, or flags (see --help)`
  const stderr = `causeway-bridge: ${name} is no command; expected ${expected}${hint}\n`
  return { stdout: "", stderr, exitCode: 2 }
}
