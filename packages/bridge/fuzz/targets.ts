import assert from "node:assert/strict"
import { isMetadataName, isSafeValue } from "@causeway/protocol"
import type { FuzzTarget } from "../../../tools/fuzz/target.ts"
import { formatHostPort, parseHostPort } from "../src/config/host-port.ts"
import { formatDuration, formatSize, parseDuration, parseSize } from "../src/config/quantity.ts"
import { ConfigError, parseConfig } from "../src/config/check.ts"
import { BridgeError } from "../src/core/errors.ts"
import { CorsPolicy } from "../src/downstream/cors.ts"
import { explainRefusedOrigin } from "../src/downstream/explain-origin.ts"
import { HeaderNames } from "../src/downstream/header-names.ts"
import { originPatternProblem } from "../src/downstream/origin-patterns.ts"
import { sortHead } from "../src/downstream/sort-head.ts"
import { parseMethodPath } from "../src/routing/method-path.ts"
import { nonGrpcAnswer } from "../src/upstream/non-grpc-body.ts"
import { readStatus } from "../src/upstream/reply-fields.ts"
import { upstreamTarget } from "../src/upstream/target.ts"
import { configFile, configFileWords } from "./config-file.ts"
import { routeRegex } from "./route-regex.ts"

const fieldWords = [
  "connection:",
  "host:",
  "origin:",
  "content-type:",
  "grpc-timeout:",
  "te:",
  "x-a:",
  "\n",
  ",",
  "user-agent:",
]
const statusWords = ["grpc-status:", "grpc-message:", "0", "\n", "%e7", "content-type:", ":", "x:", "\r"]
const originWords = [
  "https://",
  "http://",
  "*.",
  "app.example",
  ":443",
  ":80",
  ":*",
  "*",
  "null",
  "\n",
  "[::1]",
  ".",
  "app://",
  "-",
]

const regexWords = "(?i) (?: ) | * {2} {0,2} [ [^ ] - \\d \\W \\x41 ^ $ . \n".split(" ")

/** Parsers of untrusted input (heads of requests and of replies), and of the operator's input. */
export const targets: readonly FuzzTarget[] = [
  { name: "sort-head", run: requestHead, words: fieldWords },
  { name: "cors", run: cors, words: originWords },
  { name: "reply-fields", run: replyFields, words: statusWords },
  { name: "non-grpc-body", run: nonGrpcBody, words: ["<title>", "</title>", "<", "html", "\n", " ", "\xff"] },
  { name: "method-path", run: methodPath, words: ["/", "..", ".", "%2e", "%2f", "%41", "\\", ";", "a.B"] },
  { name: "host-port", run: hostPort, words: ["127.0.0.1", "[::1]", ":80", ":", "localhost", ".", "65536", "-", "_"] },
  { name: "quantity", run: quantity, words: ["1", "0", "ms", "s", "m", "h", "KiB", "MiB", "GiB", "9007199254740993"] },
  { name: "config-file", run: configFile, words: configFileWords },
  {
    name: "route-regex",
    run: routeRegex,
    words: regexWords,
  },
  {
    name: "upstream-url",
    run: upstreamUrl,
    words: ["http://", "https://", "[::1]", ":1", "/", "@", "?", "#", "host", "%"],
  },
]

/** Fields of the hop, of gRPC or of HTTP itself, which a backend must never get as metadata. */
const neverPassed =
  /^(?::.*|connection|keep-alive|transfer-encoding|upgrade|te|trailer|host|content-length|grpc-(?:status|timeout))$/

const names = new HeaderNames({ passHeaders: [], passCookies: false, hasProxies: false })

/** The first line is the target, every other one a field. */
function requestHead(input: Uint8Array): void {
  const [target = "", ...lines] = textOf(input).split("\n")
  const fields = lines.flatMap(nameAndValue)
  const { metadata, problem, slots } = sortHead({ method: "POST", target, authority: null, fields }, names, false)
  if (problem !== null) return
  assert(target.startsWith("/") && slots.host !== undefined)
  const listed = (slots.connection ?? "").split(",").map((name) => name.trim().toLowerCase())
  for (const [name] of metadata) {
    assert(isMetadataName(name) && !neverPassed.test(name), `${name} goes to the backend`)
    assert(name === "user-agent" || !listed.includes(name), `${name} was for this hop alone`)
  }
}

/** The first line is an entry of the allow-list, the second an origin. */
function cors(input: Uint8Array): void {
  const [pattern = "", origin = ""] = textOf(input).split("\n")
  const [, advised] =
    / start it with --cors-origin (\S+?)(?:\. It is |$)/.exec(explainRefusedOrigin(origin, null)) ?? []
  if (advised !== undefined) assert(advised === origin && originPatternProblem(origin) === null, origin)
  if (originPatternProblem(pattern) !== null) return
  const grant = new CorsPolicy([pattern], false).grant(origin)
  assert.equal(grant !== null, isAllowed(pattern, origin), `${pattern} and ${origin}`)
  assert.equal(new CorsPolicy([], false).grant(origin), null)
}

/** The rule in its simplest form: a star is one or more labels, a part of one, an app's host, or no port or any. */
function isAllowed(pattern: string, origin: string): boolean {
  if (pattern === "*") return origin !== "null"
  const entry = pattern.replace(/^(https:.*):443$/, "$1").replace(/^(http:.*):80$/, "$1")
  const withAnyPort = entry.endsWith(":*")
  const entryHost = withAnyPort ? entry.slice(0, -2) : entry
  const originHost = withAnyPort ? origin.replace(/:\d{1,5}$/, "") : origin
  const [before, after] = entryHost.split("*")
  if (after === undefined) return originHost === entryHost
  if (!originHost.startsWith(before) || !originHost.endsWith(after)) return false
  const star = originHost.slice(before.length, originHost.length - after.length)
  if (!before.startsWith("http")) return /^[\w.~-]+$/.test(star)
  const isWholeLabel = before.endsWith("//") && after.startsWith(".")
  return (isWholeLabel ? /^(?:[a-z0-9-]+\.)*[a-z0-9-]+$/ : /^[a-z0-9-]+$/).test(star)
}

/** Every line is a trailer. */
function replyFields(input: Uint8Array): void {
  const fields = textOf(input).split("\n").flatMap(nameAndValue)
  try {
    const { code, metadata } = readStatus(fields)
    const stated = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === "grpc-status")
    if (code === 0) assert(stated.length === 1 && /^0+$/.test(stated[0].trim()), "a success that nobody stated")
    for (const [name, value] of metadata) assert(isSafeValue(value) && name !== "grpc-status")
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error
  }
}

function nonGrpcBody(input: Uint8Array): void {
  const type = textOf(input.subarray(0, 12))
  const { message } = nonGrpcAnswer(503, type, input.subarray(12))
  assert(message.length < 500, `the message has ${message.length} characters`)
}

/** No segment of a path that is accepted can be read as another path. */
function methodPath(input: Uint8Array): void {
  const parsed = parseMethodPath(textOf(input))
  if (parsed === null) return
  assert.equal(`${parsed.prefix}/${parsed.service}/${parsed.method}`, textOf(input))
  for (const segment of [parsed.service, parsed.method]) {
    assert.equal(new URL(`http://h/${segment}/x`).pathname, `/${segment}/x`)
    const decoded = segment.replace(/%[0-9a-f]{2}/gi, (escape) =>
      String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
    )
    assert(!/[/\\?#%]|^\.{1,2}$/.test(decoded) || !segment.includes("%"), segment)
  }
}

function hostPort(input: Uint8Array): void {
  const parsed = parseHostPort(textOf(input))
  if (parsed === null) return
  assert(parsed.host !== "" && parsed.port >= 0 && parsed.port <= 65_535)
  assert.deepEqual(parseHostPort(formatHostPort(parsed)), parsed)
}

function quantity(input: Uint8Array): void {
  const text = textOf(input)
  const [ms, bytes] = [parseDuration(text), parseSize(text)]
  if (ms !== null) assert.equal(parseDuration(formatDuration(ms)), ms)
  if (bytes !== null) assert.equal(parseSize(formatSize(bytes)), bytes)
}

function upstreamUrl(input: Uint8Array): void {
  try {
    const { upstream } = parseConfig({ upstream: textOf(input) })
    assert(upstream !== null)
    const target = upstreamTarget(upstream)
    assert(target.host !== "" && target.port <= 65_535, `${upstream} is ${target.host} and ${target.port}`)
    assert.deepEqual(upstreamTarget(parseConfig({ upstream: target.name }).upstream ?? ""), target)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
  }
}

function nameAndValue(line: string): string[] {
  const colon = line.indexOf(":")
  return colon < 0 ? [] : [line.slice(0, colon), line.slice(colon + 1)]
}

function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString("latin1")
}
