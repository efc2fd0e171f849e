import { parseArgs } from "node:util"
import { helpText } from "./help.ts"
import { show } from "./kind.ts"
import { nearest } from "./nearest.ts"
import type { Config, ConfigProblem } from "./schema.ts"
import { checkConfig } from "./check.ts"
import type { Setting } from "./settings.ts"
import { settings, variableOf } from "./settings.ts"

/** The action that the command line asks for. */
export type Loaded =
  | { readonly kind: "config"; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly kind: "problems"; readonly problems: readonly ConfigProblem[] }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }

/** A setting's text, and the flag or variable that it comes from. */
interface Given {
  readonly name: string
  readonly text: string
}

const table = Object.entries<Setting<unknown>>(settings)
const flagNames = [...table.map(([, { flag }]) => flag), "help", "version"]

/**
 * Reads the command line (without the program's name) and the environment. A flag wins over its variable, which wins over the
 * default. An empty variable counts as not set. All problems are found at once.
 */
export function loadConfig(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Loaded {
  const flags = readFlags(argv)
  if (flags.asksFor !== null) return flags.asksFor
  const given = new Map([...readVariables(env), ...flags.given])

  const problems = [...flags.problems]
  const values: Record<string, unknown> = {}
  const failed = new Set(flags.failed)
  for (const [key, { kind }] of table) {
    const source = given.get(key)
    if (source === undefined || failed.has(key)) continue
    values[key] = kind.fromText(source.text)
    const { error } = kind.schema.safeParse(values[key])
    if (error === undefined) continue
    failed.add(key)
    const { expectedText, hint } = kind
    const own = error.issues.map(({ message }) => message)
    const messages =
      expectedText === undefined
        ? own
        : [`received ${show(source.text)}, expected ${expectedText}${hint?.(source.text) ?? ""}`]
    problems.push(...messages.map((message) => ({ name: source.name, message })))
  }
  const nameOf = (key: string): string => given.get(key)?.name ?? `--${settings[key as keyof Config].flag}`
  const checked = checkConfig(values, nameOf, failed)
  if (checked.kind === "problems") problems.push(...checked.problems)
  if (problems.length > 0 || checked.kind === "problems") return { kind: "problems", problems }
  return { ...checked, warnings: unknownVariables(env) }
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
  asksFor: Loaded | null
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
  if (name === "help") flags.asksFor = { kind: "help", text: helpText() }
  else if (name === "version") flags.asksFor ??= { kind: "version" }
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
