import * as z from "zod"
import { hostNameProblem } from "../admin/allowed-host.ts"
import { originPatternProblem } from "../downstream/origin-patterns.ts"
import { passHeaderProblem } from "../downstream/request-fields.ts"
import { trustedProxyProblem } from "../downstream/trusted-proxies.ts"
import { shownPath } from "../shown-path.ts"
import { parseHostPort } from "./host-port.ts"
import { formatDuration, formatSize, parseDuration, parseSize } from "./quantity.ts"

/** A kind of setting: its values in code, its spelling in flags and variables, and the error message for other values. */
export interface Kind<T> {
  /** Checks a value. Its messages are complete: `received …, expected …`. */
  readonly schema: z.ZodType<T>
  /** In the help: `HOST:PORT` in `--listen HOST:PORT`. */
  readonly placeholder: string
  /** Parses a text. An invalid text is returned unchanged, so that the schema refuses it. */
  fromText(text: string): unknown
  /** Formats a value for the help and the docs. */
  toText(value: T): string
  /** The expected form of a text. Default: the schema's own message. */
  readonly expectedText?: string | undefined
  /** The likely meaning of a text that was refused, to follow its message: `; did you mean 20s?` Empty: there is none. */
  readonly hint?: ((text: string) => string) | undefined
  /** The flag may be repeated, and the variable may hold several values between commas. */
  readonly isList?: boolean
  /** A file writes a plain number, without quotes and without a unit. */
  readonly isNumber?: boolean
  /** `${…}` is filled in, and the value is never shown. */
  readonly isSecret?: boolean
  /** `${` is an ordinary part of the value. */
  readonly isPattern?: boolean
  /** The JSON Schema of its spelling in a file. */
  readonly json: JsonSchema
}

/** A JSON Schema (draft 2020-12), or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** Milliseconds, written as `30s`. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`
  return {
    schema: wholeNumber(minMs, maxMs, "milliseconds"),
    placeholder: "TIME",
    fromText: (text) => parseDuration(text) ?? text,
    toText: formatDuration,
    expectedText: `a whole number with its unit, such as 500ms, 30s or 5m, ${range}`,
    hint: (text) => (/^\d{1,9}$/.test(text) ? `; did you mean ${text}s or ${text}ms?` : ""),
    json: { type: "string", pattern: "^[0-9]{1,16}(ms|s|m|h)$" },
  }
}

/** Bytes, written as `4096` or `4MiB`. */
export function size(minBytes: number, maxBytes: number): Kind<number> {
  const range = `from ${formatSize(minBytes)} to ${formatSize(maxBytes)}`
  return {
    schema: wholeNumber(minBytes, maxBytes, "bytes"),
    placeholder: "BYTES",
    fromText: (text) => parseSize(text) ?? text,
    toText: formatSize,
    expectedText: `bytes, such as 65536, 64KiB or 4MiB, ${range}`,
    hint: meantSize,
    json: {
      anyOf: [
        { type: "integer", minimum: 0 },
        { type: "string", pattern: "^[0-9]{1,16}(KiB|MiB|GiB)?$" },
      ],
    },
  }
}

/** A host name, without a port. */
export const hostName: Kind<string> = {
  schema: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,30}$/, { error: expecting("a host name without a port") }),
  placeholder: "NAME",
  fromText: (text) => text,
  toText: String,
  json: { type: "string" },
}

/** A whole number of things. */
export function count(min: number, max: number): Kind<number> {
  return {
    schema: wholeNumber(min, max, ""),
    placeholder: "N",
    fromText: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text),
    toText: String,
    expectedText: `a whole number from ${min} to ${max}`,
    isNumber: true,
    json: { type: "integer", minimum: min, maximum: max },
  }
}

/** One of these words. */
export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    schema: z.enum(words, { error: expecting(`one of ${words.join(", ")}`) }),
    placeholder: "LEVEL",
    fromText: (text) => text,
    toText: String,
    json: { enum: words },
  }
}

/** `host:port`. */
export const hostPort: Kind<string> = {
  ...text(
    "HOST:PORT",
    "host:port, such as 127.0.0.1:8080, 0.0.0.0:8080 (all interfaces) or [::1]:0 (any free port)",
    (value) => parseHostPort(value) !== null,
  ),
  hint: meantAddress,
}

/** A file's path. */
export const file: Kind<string> = text("FILE", "the path of a file", (value) => value !== "")

/** The path of a file with a secret, in place of which somebody may write the secret itself. */
export const secretFile: Kind<string> = { ...file, toText: shownPath }

/** A destination of lines. Null in code, and the word off everywhere, mean none. */
export const lineTarget: Kind<string | null> = {
  ...text("TARGET", "stderr, off, or the path of a file such as /dev/stdout or ./none", isLineTarget),
  schema: z
    .string({ error: expecting("stderr, null, or the path of a file") })
    .refine(isLineTarget, { error: expecting("stderr, off, or the path of a file such as /dev/stdout or ./none") })
    .nullable()
    .transform((target) => (target === "off" ? null : target)),
  toText: (value) => value ?? "off",
}

/** Origins whose pages may call. */
export const originPatterns: Kind<readonly string[]> = list(
  "ORIGIN",
  "an origin such as https://app.example",
  originPatternProblem,
)

/** Names of request fields. */
export const fieldNames: Kind<readonly string[]> = list(
  "NAME",
  "a field name such as x-forwarded-proto",
  passHeaderProblem,
)

/** On or off. */
export const onOff: Kind<boolean> = {
  schema: z.boolean({ error: expecting("true or false") }),
  placeholder: "on|off",
  fromText: (word) => (word === "on" || word === "true" ? true : word === "off" || word === "false" ? false : word),
  toText: (value) => (value ? "on" : "off"),
  expectedText: "on or off",
  json: { enum: ["on", "off", true, false] },
}

/** Address ranges of proxies. */
export const trustedProxies: Kind<readonly string[]> = list(
  "CIDR",
  "an address range such as 10.1.0.0/16",
  trustedProxyProblem,
)

/** Names under which this bridge is called. */
export const hostNames: Kind<readonly string[]> = list(
  "NAME",
  "a host name such as bridge.example.com",
  hostNameProblem,
)

/** A kind that also accepts null, written as `word` in a text. */
export function orNull<T>(kind: Kind<T>, word: string): Kind<T | null> {
  return {
    ...kind,
    schema: kind.schema.nullable(),
    fromText: (value) => (value === word ? null : kind.fromText(value)),
    toText: (value) => (value === null ? word : kind.toText(value)),
    expectedText: kind.expectedText === undefined ? undefined : `${kind.expectedText}, or ${word}`,
    json: { anyOf: [kind.json, { enum: [word, null] }] },
  }
}

/** Words that elsewhere stand for an open stream or for nothing would be taken for a file's name, and nobody would notice. */
function isLineTarget(target: string): boolean {
  return target !== "" && !["-", "stdout", "none", "null", "false", "console"].includes(target.toLowerCase())
}

/** Formats a value for a message: short, and without the password in a URL. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing"
  const shown = jsonOf(value) ?? typeof value
  const safe = shown.replace(/\/\/[^/@]*@/g, "//…@")
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe
}

/** Undefined: JSON has no form for it, as for a function, a bigint, or an object that contains itself. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** A list of words, each checked by itself. `problem` returns the problem with one word, or null. */
export function list(
  placeholder: string,
  expected: string,
  problem: (item: string) => string | null,
): Kind<readonly string[]> {
  const item = z.string({ error: expecting(expected) }).check((context) => {
    const message = problem(context.value)
    if (message !== null) context.issues.push({ code: "custom", message, input: context.value })
  })
  return {
    schema: z.array(item, { error: ({ input }) => `received ${show(input)}, expected a list, each item ${expected}` }),
    placeholder,
    isList: true,
    fromText: (text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== ""),
    toText: (items) => (items.length === 0 ? "not set" : items.join(",")),
    json: { anyOf: [{ type: "array", items: { type: "string" } }, { type: "string" }] },
  }
}

/** A text in a form of its own. */
export function text(placeholder: string, expected: string, isValid: (value: string) => boolean): Kind<string> {
  const error = expecting(expected)
  return {
    schema: z.string({ error }).refine(isValid, { error }),
    placeholder,
    fromText: (value) => value,
    toText: (value) => value,
    expectedText: expected,
    json: { type: "string" },
  }
}

function wholeNumber(min: number, max: number, unit: string): z.ZodType<number> {
  const error = expecting(`a whole number${unit === "" ? "" : ` of ${unit}`} from ${min} to ${max}`)
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/** The message for a value that is refused: zod passes the value, and the message shows it. */
export function expecting(expected: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => `received ${show(input)}, expected ${expected}`
}

function meantSize(text: string): string {
  const [, digits, unit] = /^(\d{1,9}) ?([KMG])i?B?$/i.exec(text) ?? []
  return digits === undefined ? "" : `; did you mean ${digits}${unit.toUpperCase()}iB?`
}

/** The address that a port alone or a URL hides, in words. */
function meantAddress(text: string): string {
  const [, port] = /^:?(\d{1,5})$/.exec(text) ?? []
  if (port !== undefined && parseHostPort(`0.0.0.0:${port}`) !== null) {
    return `; did you mean 127.0.0.1:${port} (this machine only) or 0.0.0.0:${port} (all interfaces)?`
  }
  const bare = text.replace(/^[a-z]+:\/\//i, "").replace(/\/$/, "")
  return parseHostPort(bare) === null ? "" : `; did you mean ${bare}?`
}
