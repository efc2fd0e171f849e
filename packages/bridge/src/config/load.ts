import type { CommandLine } from "./command-line.ts"
import { readCommandLine } from "./command-line.ts"
import { checkConfig } from "./check.ts"
import { fillInFrom } from "./file/fill-in.ts"
import { readConfigFile } from "./file/read-file.ts"
import type { FillIn } from "./file/reading.ts"
import { Reading } from "./file/reading.ts"
import type { FileSettings } from "./file/settings-reader.ts"
import { presetPath, readSettings } from "./file/settings-reader.ts"
import { helpText } from "./help.ts"
import { show } from "./kind.ts"
import type { BridgeSettings, Config, ConfigProblem } from "./schema.ts"
import type { Setting } from "./setting.ts"
import { settings } from "./settings.ts"
import { timeoutPresets } from "./timeout-presets.ts"

/** The action that the command line asks for. */
export type Loaded =
  | LoadedConfig
  | { readonly kind: "problems"; readonly problems: readonly ConfigProblem[] }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }

/** A configuration without problems. */
export interface LoadedConfig {
  readonly kind: "config"
  readonly config: Config
  readonly warnings: readonly string[]
  /** The file of `--config`. Null: there is none. */
  readonly file: string | null
  /** The bytes that were read from the file. Null: there is none. */
  readonly fileContent: Buffer | null
  /** Where the value of a setting comes from: a flag, a variable, `file:line`, or `default`. */
  readonly originOf: (key: keyof BridgeSettings) => string
  /** The `file:line` of a path in the file. Null: the file does not set it. */
  readonly lineOf: (path: string) => string | null
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the command line (without the program's name), the environment, and the file of `--config`. A flag wins over its variable,
 * which wins over the file, which wins over the default. An empty variable counts as not set. All problems are found at once.
 */
export function loadConfig(argv: readonly string[], env: Environment, fillIn: FillIn = fillInFrom(env)): Loaded {
  const line = readCommandLine(argv, env)
  if (line.asksFor === "help") return { kind: "help", text: helpText() }
  if (line.asksFor === "version") return { kind: "version" }
  const path = pathOf(line)
  const reading = new Reading("file", path ?? "", fillIn)
  for (const problem of line.problems) reading.report(problem)
  const file = path === null ? emptyFile() : readFile(path, line, reading)
  const sources = combine(line, file ?? emptyFile(), reading)
  const nameOf = (key: string): string => sources.names.get(key) ?? `--${settings[key as keyof BridgeSettings].flag}`
  const config = file === null ? null : checkConfig(sources, nameOf, sources.failed, reading)
  if (config === null || reading.problemCount > 0) return { kind: "problems", problems: reading.problems }
  return {
    kind: "config",
    config,
    warnings: [...line.warnings, ...sources.warnings],
    file: path,
    fileContent: file?.content ?? null,
    originOf: (key) => sources.origins.get(key) ?? "default",
    lineOf: (place) => reading.lineOf(place),
  }
}

/** The path of the configuration file. Null: there is none. */
function pathOf({ given, failed }: CommandLine): string | null {
  const text = failed.has("config") ? "none" : (given.get("config")?.text ?? "none")
  return text === "none" ? null : text
}

function emptyFile(): ReadFile {
  return { content: null, values: new Map(), failed: new Set(), preset: null, upstreams: null, routes: null }
}

/** The settings of a file, and its bytes. Null: there is no file. */
interface ReadFile extends FileSettings {
  readonly content: Buffer | null
}

/** Null: the file has no content that could be checked. */
function readFile(path: string, line: CommandLine, reading: Reading): ReadFile | null {
  const parsed = readConfigFile(path)
  if ("unreadable" in parsed) {
    reading.report({ name: line.given.get("config")?.name ?? "--config", message: parsed.unreadable })
    return null
  }
  for (const { message, place } of parsed.problems) reading.refuse("", message, { place })
  return parsed.tree === null ? null : { ...readSettings(parsed.tree, reading), content: parsed.content }
}

/** The values of all sources, each with its name in messages and its origin. */
interface Sources {
  readonly values: Record<string, unknown>
  readonly names: Map<string, string>
  readonly origins: Map<string, string>
  readonly failed: Set<string>
  readonly warnings: readonly string[]
  readonly upstreams: FileSettings["upstreams"]
  readonly routes: FileSettings["routes"]
}

function combine(line: CommandLine, file: FileSettings, reading: Reading): Sources {
  const sources: Sources = {
    values: {},
    names: new Map(),
    origins: new Map(),
    failed: new Set([...file.failed, ...line.failed]),
    ...fleetOf(line, file, reading),
  }
  const { values, names, origins } = sources
  if (file.preset !== null) {
    for (const [key, value] of Object.entries(timeoutPresets[file.preset].timeouts)) {
      values[key] = value
      names.set(key, presetPath)
      origins.set(key, `${reading.lineOf(presetPath)}, preset ${file.preset}`)
    }
  }
  for (const [key, value] of file.values) {
    values[key] = value
    const { path } = settings[key]
    names.set(key, path)
    origins.set(key, reading.lineOf(path) ?? path)
  }
  for (const key of file.failed) names.set(key, settings[key].path)
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings))
    readGiven(key, setting, line, sources, reading)
  return sources
}

/** The value of a flag or variable, which wins over the file. */
function readGiven(
  key: string,
  { kind }: Setting<unknown>,
  { given, failed }: CommandLine,
  { values, names, origins, failed: allFailed }: Sources,
  reading: Reading,
): void {
  const source = given.get(key)
  if (source === undefined || failed.has(key)) return
  names.set(key, source.name)
  origins.set(key, source.name)
  values[key] = kind.fromText(source.text)
  const { error } = kind.schema.safeParse(values[key])
  if (error === undefined) return
  allFailed.add(key)
  const { expectedText, hint } = kind
  const messages =
    expectedText === undefined
      ? error.issues.map(({ message }) => message)
      : [`received ${show(source.text)}, expected ${expectedText}${hint?.(source.text) ?? ""}`]
  for (const message of messages) reading.report({ name: source.name, message })
}

/** `--upstream` replaces the upstreams of the file, and its routes, which name them. */
function fleetOf(
  { given }: CommandLine,
  { upstreams, routes }: FileSettings,
  reading: Reading,
): Pick<Sources, "upstreams" | "routes" | "warnings"> {
  const flag = given.get("upstream")
  if (flag === undefined || flag.text === "none" || upstreams === null) return { upstreams, routes, warnings: [] }
  const warning = `${flag.name} replaces the upstreams and the routes of the file (${reading.lineOf("upstreams") ?? "upstreams"})`
  return { upstreams: null, routes: null, warnings: [warning] }
}
