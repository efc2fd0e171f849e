import * as z from "zod"
import { findConflicts } from "./conflicts.ts"
import { nearest } from "./nearest.ts"
import type { Config, ConfigProblem } from "./schema.ts"
import type { Setting } from "./settings.ts"
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
  return problems.map(({ name, message }) => `  ${name}: ${message}`).join("\n")
}

/**
 * Checks an object and fills in the defaults.
 * @throws {ConfigError} naming every problem by its field's path
 */
export function parseConfig(input: unknown): Config {
  const checked = checkConfig(input, (key) => key, new Set())
  if (checked.kind === "problems") throw new ConfigError(checked.problems)
  return checked.config
}

/** The result of a check. */
export type CheckedConfig =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "problems"; readonly problems: readonly ConfigProblem[] }

// Each row of the table has the type of its field in Config. So the object has the type Config.
const schema = z.strictObject(
  Object.fromEntries(
    Object.entries<Setting<unknown>>(settings).map(([key, { kind, fallback }]) => [
      key,
      fallback === undefined ? kind.schema : kind.schema.default(fallback),
    ]),
  ),
) as unknown as z.ZodType<Config>

/**
 * Checks each field, then the rules between fields. `nameOf` returns the reader's name of a field. Fields in `failed` are
 * skipped: their problems were reported already.
 */
export function checkConfig(
  input: unknown,
  nameOf: (key: string) => string,
  failed: ReadonlySet<string>,
): CheckedConfig {
  const { data, error } = schema.safeParse(input)
  const issues = (error?.issues ?? []).filter(({ path }) => !failed.has(String(path[0])))
  const broken = new Set([...failed, ...issues.map(({ path }) => String(path[0]))])
  const problems = issues.flatMap((issue) => toProblems(issue, nameOf))
  if (isRecord(input)) problems.push(...findConflicts(input, nameOf, broken))
  if (data === undefined || problems.length > 0) return { kind: "problems", problems }
  for (const value of Object.values(data)) if (Array.isArray(value)) Object.freeze(value) // zod has created it, so the input is not frozen
  return { kind: "config", config: Object.freeze(data) }
}

function toProblems(issue: z.core.$ZodIssue, nameOf: (key: string) => string): ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const meant = nearest(key, Object.keys(settings))
      return { name: key, message: `is no setting${meant === null ? "" : `; did you mean ${meant}?`}` }
    })
  }
  const [key, index] = issue.path
  if (key === undefined) return [{ name: "configuration", message: "expected an object" }]
  const place = index === undefined ? "" : `[${String(index)}]`
  return [{ name: `${nameOf(String(key))}${place}`, message: issue.message }]
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null
}
