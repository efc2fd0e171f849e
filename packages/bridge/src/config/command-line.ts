import { parseArgs } from "node:util"
import { show } from "./kind.ts"
import { nearest } from "./nearest.ts"
import type { ConfigProblem } from "./schema.ts"
import type { FlagSetting } from "./setting.ts"
import { variableOf } from "./setting.ts"
import { configFile, settings } from "./settings.ts"

/** A setting's text, and the flag or variable that it comes from. */
export interface Given {
  readonly name: string
  readonly text: string
}

/** The flags and variables that are set. */
export interface CommandLine {
  /** By the setting's key. The configuration file has the key `config`. */
  readonly given: ReadonlyMap<string, Given>
  readonly problems: readonly ConfigProblem[]
  /** Settings with a reported problem. */
  readonly failed: ReadonlySet<string>
  readonly warnings: readonly string[]
  readonly asksFor: "help" | "version" | null
}

const table: readonly (readonly [key: string, setting: FlagSetting<unknown>])[] = [
  ["config", configFile],
  ...Object.entries<FlagSetting<unknown>>(settings),
]
const flagNames = [...table.map(([, { flag }]) => flag), "help", "version"]

/** Reads the command line (without the program's name) and the environment. A flag wins over its variable. */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const flags = readFlags(argv)
  return { ...flags, given: new Map([...readVariables(env), ...flags.given]), warnings: unknownVariables(env) }
}

function readVariables(env: Readonly<Record<string, string | undefined>>): Map<string, Given> {
  const given = new Map<string, Given>()
  for (const [key, setting] of table) {
    const name = variableOf(setting)
    const text = env[name]?.trim()
    if (text !== undefined && text !== "") given.set(key, { name, text })
  }
  return given
}

/**
 * Kubernetes creates variables for a service named causeway or causeway-…: CAUSEWAY_SERVICE_HOST, CAUSEWAY_PORT with a URL,
 * CAUSEWAY_PORT_8080_TCP_ADDR.
 */
const ofKubernetes = /^CAUSEWAY_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/
/** Variables of the demo, the fuzz targets and the suites in this repository. */
const ofThisRepository = /^CAUSEWAY_(?:DEMO|FUZZ|BRIDGE_URL$|EVERY_WIRE$|PICTURES$)/

/** Variables that look like settings but are none. They cause warnings rather than errors, since other programs may use them. */
function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = table.map(([, setting]) => variableOf(setting))
  return Object.keys(env)
    .filter((name) => name.startsWith("CAUSEWAY_") && !known.includes(name) && !ofThisRepository.test(name))
    .filter((name) => !ofKubernetes.test(name) && !/^(?:tcp|udp|sctp):\/\//.test(env[name] ?? ""))
    .map((name) => {
      const meant = nearest(name, known)
      return `${name} is no setting and is left out${meant === null ? "; see --help" : `; did you mean ${meant}?`}`
    })
}

interface Flags {
  readonly given: Map<string, Given>
  readonly problems: ConfigProblem[]
  /** Settings with a reported problem. */
  readonly failed: Set<string>
  asksFor: "help" | "version" | null
}

function readFlags(argv: readonly string[]): Flags {
  const options = Object.fromEntries(table.map(([, { flag }]) => [flag, { type: "string" as const }]))
  const help = { type: "boolean", short: "h" } as const
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options, help, version: { type: "boolean" } },
    strict: false, // in strict mode parsing stops at the first problem
    tokens: true,
  })
  const flags: Flags = { given: new Map(), problems: [], failed: new Set(), asksFor: null }
  let wasWrong = false
  for (const token of tokens) {
    // After a wrong flag this is most likely its value, or the value of a flag that it swallowed.
    if (token.kind === "positional" && !wasWrong) {
      flags.problems.push({ name: token.value, message: "is no flag; expected --flag value" })
    }
    wasWrong = token.kind === "option" && !readFlag(flags, token)
  }
  return flags
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

/** False: the flag is unusable, and its problem was reported. */
function readFlag(flags: Flags, { name, rawName, value, inlineValue }: OptionToken): boolean {
  if (name === "help") flags.asksFor = "help"
  else if (name === "version") flags.asksFor ??= "version"
  else {
    const [key, setting] = table.find(([, { flag }]) => flag === name) ?? []
    if (key === undefined || setting === undefined) {
      const meant = nearest(name, flagNames)
      flags.problems.push({
        name: rawName,
        message: `is no flag${meant === null ? "; see --help" : `; did you mean --${meant}?`}`,
      })
      return false
    }
    if (value === undefined || (inlineValue !== true && value.startsWith("--"))) {
      flags.failed.add(key)
      flags.problems.push({
        name: rawName,
        message: `received no value, expected --${name} ${setting.kind.placeholder}`,
      })
      return false
    }
    const earlier = flags.given.get(key)
    if (earlier !== undefined && setting.kind.isList !== true) {
      flags.problems.push({
        name: rawName,
        message: `received twice, ${show(earlier.text)} and ${show(value)}; expected one value`,
      })
      return true
    }
    flags.given.set(key, { name: rawName, text: earlier === undefined ? value : `${earlier.text},${value}` })
  }
  return true
}
