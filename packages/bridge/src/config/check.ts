import * as z from "zod"
import { findConflicts } from "./conflicts.ts"
import { Reading } from "./file/reading.ts"
import type { Tree } from "./file/tree.ts"
import { treeOfCode } from "./file/tree.ts"
import { readFleet } from "./fleet.ts"
import { upstreamProblem } from "./upstream-url.ts"
import { nearest } from "./nearest.ts"
import type { BridgeSettings, Config, ConfigProblem } from "./schema.ts"
import type { Setting } from "./setting.ts"
import { settings } from "./settings.ts"

/** The error of an unusable configuration, with every problem in it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(`The configuration cannot be used:\n${formatProblems(problems)}`)
    this.problems = problems
  }
}

/** The problems, one indented line each. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `  ${formatProblem(problem)}`).join("\n")
}

/** A problem in one line: its place in the file, its name, and its message. */
export function formatProblem({ at, name, message }: ConfigProblem): string {
  return `${at === undefined ? "" : `${at}: `}${name}: ${message}`
}

/**
 * Checks an object and fills in the defaults.
 * @throws {ConfigError} naming every problem by its field's path
 */
export function parseConfig(input: unknown): Config {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new ConfigError([{ name: "configuration", message: "expected an object" }])
  }
  const { upstreams, routes, ...values } = input as Readonly<Record<string, unknown>>
  const reading = new Reading("code", "", (text) => ({ text }))
  const source: ConfigSource = {
    values,
    upstreams: upstreams === undefined ? null : treeOfCode(upstreams),
    routes: routes === undefined ? null : treeOfCode(routes),
  }
  const config = checkConfig(source, (key) => key, new Set(), reading)
  if (config === null) throw new ConfigError(reading.problems)
  return config
}

/** The parts of a configuration before it is checked. */
export interface ConfigSource {
  /** Settings by their key, as values in code. */
  readonly values: Readonly<Record<string, unknown>>
  /** Null: not given. */
  readonly upstreams: Tree | null
  readonly routes: Tree | null
}

// Each row of the table has the type of its field in BridgeSettings. So the object has that type.
const schema = z.strictObject(
  Object.fromEntries(
    Object.entries<Setting<unknown>>(settings).map(([key, { kind, fallback }]) => [key, kind.schema.default(fallback)]),
  ),
) as unknown as z.ZodType<BridgeSettings>

/**
 * Checks each field, then the rules between fields. `nameOf` returns the reader's name of a field. Fields in `failed` are
 * skipped: their problems were reported already. Null: `reading` has the problems.
 */
export function checkConfig(
  source: ConfigSource,
  nameOf: (key: string) => string,
  failed: ReadonlySet<string>,
  reading: Reading,
): Config | null {
  const { values } = source
  const issues = (schema.safeParse(values).error?.issues ?? []).filter(({ path }) => !failed.has(String(path[0])))
  const broken = new Set([...failed, ...issues.map(({ path }) => String(path[0]))])
  const needsBackend = source.upstreams === null && (values.upstream ?? null) === null && !broken.has("upstream")
  if (needsBackend) reading.report(noBackend(values.upstream, nameOf("upstream"), reading))
  for (const problem of issues.flatMap((issue) => toProblems(issue, nameOf))) reading.report(problem)
  for (const problem of findConflicts(values, nameOf, broken)) reading.report(problem)

  // Upstreams and routes are checked even if settings are wrong, so that all problems are found at once.
  const usable = schema.parse(Object.fromEntries(Object.entries(values).filter(([key]) => isUsable(key, broken))))
  const fleet = readFleet({ ...source, upstream: usable.upstream }, usable, reading)
  return fleet === null || reading.problemCount > 0 ? null : deepFreeze({ ...usable, ...fleet })
}

/** The problem of a configuration without a backend. The reader of a file is told about the file first. */
function noBackend(upstream: unknown, name: string, { dialect, file }: Reading): ConfigProblem {
  if (file !== "") {
    const expected = "expected names, each with its settings, such as users: { endpoints: [http://127.0.0.1:50051] }"
    return { at: file, name: "upstreams", message: `received nothing, ${expected}; or set ${name}` }
  }
  const elsewhere = dialect === "code" ? "upstreams" : "upstreams in the file of --config"
  return { name, message: `${upstreamProblem({ input: upstream })}; or set ${elsewhere}` }
}

function isUsable(key: string, broken: ReadonlySet<string>): boolean {
  return Object.hasOwn(settings, key) && !broken.has(key)
}

function toProblems(issue: z.core.$ZodIssue, nameOf: (key: string) => string): ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const meant = nearest(key, [...Object.keys(settings), "upstreams", "routes"])
      return { name: key, message: `is no setting${meant === null ? "" : `; did you mean ${meant}?`}` }
    })
  }
  const [key, index] = issue.path
  const place = index === undefined ? "" : `[${String(index)}]`
  return [{ name: `${nameOf(String(key))}${place}`, message: issue.message }]
}

/** Freezes an object of our own making, with everything in it. */
function deepFreeze<T extends object>(value: T): T {
  for (const field of Object.values(value)) if (typeof field === "object" && field !== null) deepFreeze(field)
  return Object.freeze(value)
}
