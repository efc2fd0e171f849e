import * as z from "zod"
import { findConflicts } from "./conflicts.ts"
import type { LogLevel } from "../observe/events.ts"
import { nearest } from "./nearest.ts"
import type { Setting } from "./settings.ts"
import { settings } from "./settings.ts"

/** A bridge's settings, checked, complete and frozen. Each is explained in `settings`, of which docs/settings.md is made. */
export interface Config {
  /** `http://host:port` (h2c with prior knowledge) or `https://host:port` (TLS, ALPN h2). */
  readonly upstream: string
  /** PEM file of the authorities to trust; null: Node's own. */
  readonly upstreamCaFile: string | null
  /** For one connection to the backend. Default 5 s. */
  readonly connectTimeoutMs: number
  /** Connections to the backend. Default 16. */
  readonly maxSessions: number
  /** Calls that wait for a stream to the backend. Default 1024. */
  readonly maxQueued: number
  /** `host:port`; port 0 picks a free one. Default `127.0.0.1:8080`. */
  readonly listen: string
  /** Origins whose pages may call. Empty, the default: pages on localhost and 127.0.0.1. */
  readonly corsOrigins: readonly string[]
  /** Proxies before the bridge whose word about the client's address is believed. Empty, the default: none, and the backend is not told. */
  readonly trustedProxies: readonly string[]
  /** PEM file; null, the default: no TLS. */
  readonly tlsCertFile: string | null
  /** PEM file; set when `tlsCertFile` is. */
  readonly tlsKeyFile: string | null
  /** For a connection between calls. Default 65 s. */
  readonly keepAliveTimeoutMs: number
  /** Largest message of a request. Default 4 MiB. */
  readonly maxRequestMessageBytes: number
  /** Largest message of a reply. Default 4 MiB. */
  readonly maxReplyMessageBytes: number
  /** Largest request head. Default 16 KiB. */
  readonly maxHeadBytes: number
  /** For a request head to arrive. Default 10 s. */
  readonly headTimeoutMs: number
  /** For the other side to take what waits to be written. Default 300 s. */
  readonly stallTimeoutMs: number
  /** Open client connections. Default 10000. */
  readonly maxConnections: number
  /** Open calls on one HTTP/2 connection of a client. Default 256. */
  readonly maxConcurrentStreams: number
  /** `host:port` of health, readiness and metrics; null: nowhere. Default `127.0.0.1:9901`. */
  readonly admin: string | null
  /** For open calls once the bridge closes. Default 30 s. */
  readonly graceMs: number
  /** `stderr`, `off`, or a file's path. Default `stderr`. */
  readonly accessLog: string
  /** Default `info`. */
  readonly logLevel: LogLevel
}

/** What code gives: the backend, and what should differ from the defaults. */
export type ConfigInput = Pick<Config, "upstream"> & Partial<Omit<Config, "upstream">>

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** What the reader set: a flag, a variable, or a field's path. */
  readonly name: string
  /** What was received and what is expected. */
  readonly message: string
}

/** A configuration that cannot be used, with every problem in it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(`The configuration cannot be used:\n${formatProblems(problems)}`)
    this.problems = problems
  }
}

/** One indented line per problem. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ name, message }) => `  ${name}: ${message}`).join("\n")
}

/**
 * The configuration that this object means, with the defaults filled in.
 * @throws {ConfigError} naming every problem by its field's path
 */
export function parseConfig(input: unknown): Config {
  const checked = checkConfig(input, (key) => key, new Set())
  if (checked.kind === "problems") throw new ConfigError(checked.problems)
  return checked.config
}

/** What came of a check. */
export type CheckedConfig =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "problems"; readonly problems: readonly ConfigProblem[] }

// Every row of the table has the type of its field in Config: hence the object's type.
const schema = z.strictObject(
  Object.fromEntries(
    Object.entries<Setting<unknown>>(settings).map(([key, { kind, fallback }]) => [
      key,
      fallback === undefined ? kind.schema : kind.schema.default(fallback),
    ]),
  ),
) as unknown as z.ZodType<Config>

/**
 * Checks each field, then what holds between fields. `nameOf` gives the reader's name of a field; fields in `failed` are left
 * out, and have been complained of already.
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
  for (const value of Object.values(data)) if (Array.isArray(value)) Object.freeze(value) // zod has made it anew
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
