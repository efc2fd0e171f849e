import type { FlagSetting, Setting } from "./setting.ts"
import { variableOf } from "./setting.ts"
import { configFile, settings } from "./settings.ts"

const columns = 100
const indent = " ".repeat(8)

/** The text of `--help`. */
export function helpText(): string {
  const table: Setting<unknown>[] = Object.values(settings)
  const lines = [
    "Usage: causeway-bridge --upstream URL [flags]",
    "       causeway-bridge --config FILE [flags]",
    "       causeway-bridge config check FILE     says whether the bridge accepts a file: exits 0 or 1",
    "       causeway-bridge config print [flags]  prints what is in force, and where it comes from",
    "       causeway-bridge config schema         prints the JSON Schema of the file",
    "       causeway-bridge route explain --config FILE --method package.Service/Method [--header n:v]",
    "",
    "Accepts gRPC-Web calls over HTTP/1.1 and HTTP/2 and carries them to a gRPC server.",
  ]
  for (const [group, members] of Map.groupBy(table, (setting) => setting.group)) {
    lines.push("", `${group}:`, ...members.flatMap((setting) => describe(setting)))
  }
  lines.push(
    "",
    "Other:",
    ...describe(configFile),
    "  -h, --help",
    `${indent}Prints this help.`,
    "  --version",
    `${indent}Prints the version.`,
    "",
    ...wrap(
      `Each flag has a variable: --max-sessions is ${variableOf(settings.maxSessions)}. A flag wins over its variable, and a variable over the file. ` +
        "A variable holds a list with commas between the items.",
      "",
    ),
  )
  return `${lines.join("\n")}\n`
}

function describe<T>({ flag, kind, fallback, meaning }: FlagSetting<T>): string[] {
  return [`  --${flag} ${kind.placeholder}`, ...wrap(`${meaning} Default: ${kind.toText(fallback)}.`, indent)]
}

function wrap(text: string, margin: string): string[] {
  const lines: string[] = []
  let line = margin
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > columns) {
      lines.push(line)
      line = margin
    }
    line += line === margin ? word : ` ${word}`
  }
  return [...lines, line]
}
