import { METHODS } from "node:http"
import fc from "fast-check"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { answersOf } from "./support/answers.ts"
import type { Answer } from "./support/answers.ts"
import { fuzzPatienceMs, fuzzRuns } from "./support/fuzz-runs.ts"
import type { Conversation, SeenRequest } from "./support/two-codecs.ts"
import { AnsweringPort } from "./support/two-codecs.ts"
import { cutAt } from "./support/web-bodies.ts"

const options = { timeout: fuzzPatienceMs }

/** Problems that our codec refuses and node:http passes, by the text of the refusal. */
const stricter: readonly RegExp[] = [
  // Only `chunked` is a coding that a request may have.
  /names a coding other than chunked/,
  /HTTP\/1\.0, which has no Transfer-Encoding/,
  // node:http looks for 100-continue anywhere in the field.
  /names an expectation other than 100-continue/,
  // A bare CR or LF before the request line.
  /CR or LF that does not end a line/,
  // Two blanks in the request line, or bytes outside ASCII in the target.
  /is not an HTTP\/1\.1 request line/,
]

const field = fc.constantFrom(
  "x: a\xe9b",
  "Y:\t1 , 2 ",
  "x:",
  "Connection: close",
  "connection: keep-alive",
  "connection: x, Close ,y",
  "upgrade: h2c",
)
const oddField = fc.constantFrom(
  "content-length: 3",
  "content-length: 0",
  "content-length: 03",
  "content-length: 3, 3",
  "content-length : 3",
  "content-length: +3",
  "content-length: 3x",
  "content-length:",
  "content-length: 99999999999999999999",
  "transfer-encoding: chunked",
  "transfer-encoding: gzip, chunked",
  "transfer-encoding: chunked, chunked",
  "transfer-encoding: identity",
  "transfer-encoding:\x0bchunked",
  "transfer-encoding:",
  "Transfer_Encoding: chunked",
  "transfer-encoding",
  "expect: nothing",
  "expect: 100-continue, x",
  " folded",
  "\tfolded",
  ": x",
  "a b: x",
  "x: a\x00b",
  "x: a\rb",
  "x: a\nb",
  "x\xe9: a",
  `x: ${"long".repeat(600)}`,
)
const method = fc.constantFrom("POST", "POST", "POST", "GET", "HEAD", "OPTIONS", "PUT", "DELETE")
const target = fc.constantFrom("/", "/a?b#c", "/early", "/stream", "*", "http://x/a", '/a"<>\\^`{|}')
const requestLine = fc.oneof(
  // node:http closes after a 204 over HTTP/1.0, although it has no body.
  fc.constant("OPTIONS /empty HTTP/1.1"),
  { weight: 8, arbitrary: fc.tuple(method, target).map((parts) => `${parts.join(" ")} HTTP/1.1`) },
  { weight: 2, arbitrary: fc.tuple(method, target).map((parts) => `${parts.join(" ")} HTTP/1.0`) },
  fc.constantFrom(
    "POST  /a HTTP/1.1",
    "POST /a  HTTP/1.1",
    " POST /a HTTP/1.1",
    "POST /a HTTP/1.1 ",
    "POST /a HTTP/1.2",
    "POST /a HTTP/2.0",
    "POST /a HTTP/0.9",
    "POST /a http/1.1",
    "POST /a",
    "POST /a\t HTTP/1.1",
    "POST /a\x80 HTTP/1.1",
    "post /a HTTP/1.1",
    "CONNECT a:1 HTTP/1.1",
    "\0",
  ),
)
const lineEnd = fc.oneof({ weight: 60, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\r\r\n", ""))

/** A body and the field that announces it. */
const wholeBody = fc.constantFrom<readonly [string, string]>(
  ["", ""],
  ["", ""],
  ["content-length: 0\r\n", ""],
  ["content-length: 3\r\n", "abc"],
  ["content-length: 26\r\n", "POST /inner HTTP/1.1\r\n\r\nxy"],
  ["transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"],
  ["Transfer-Encoding:\tChunked \r\n", "03\r\nabc\r\n1\r\nd\r\n00\r\n\r\n"],
  ["expect: 100-continue\r\ncontent-length: 3\r\n", "abc"],
  ["Expect: 100-Continue\r\ntransfer-encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"],
  ["transfer-encoding: chunked\r\n", "0\r\n\r\n"],
  ["transfer-encoding: chunked\r\n", "3;x=y;z\r\nabc\r\n0\r\na: b\r\nc:\td\r\n\r\n"],
)
const brokenBody = fc.constantFrom<readonly [string, string]>(
  ["content-length: 3\r\n", "ab"],
  ["content-length: 3\r\n", "abcd"],
  ["content-length: 3\r\ncontent-length: 3\r\n", "abc"],
  ["content-length: 3\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"],
  ["transfer-encoding: chunked\r\ncontent-length: 3\r\n", "0\r\n\r\n"],
  ["transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"],
  ...[
    "3\nabc\r\n0\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "-1\r\nabc\r\n0\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "3\r\nabc\n0\r\n\r\n",
    "3\r\nabc0\r\n\r\n",
    "3;\r\nabc\r\n0\r\n\r\n",
    "3; x = y\r\nabc\r\n0\r\n\r\n",
    '3;x="a;b"\r\nabc\r\n0\r\n\r\n',
    "3;x\ny\r\nabc\r\n0\r\n\r\n",
    "3;\xe9\r\nabc\r\n0\r\n\r\n",
    "0\r\nno field\r\n\r\n",
    "0\r\n folded\r\n\r\n",
    "0\r\na: b\n\r\n",
    "10000000000000000000\r\n",
    "\r\n",
  ].map((body) => ["transfer-encoding: chunked\r\n", body] as const),
)

const before = fc.oneof({ weight: 8, arbitrary: fc.constant("") }, fc.constantFrom("\r\n", "\r\n\r\n", "\n", "\r"))
const message = fc
  .tuple(
    before,
    requestLine,
    lineEnd,
    fc.array(fc.tuple(fc.oneof({ weight: 10, arbitrary: field }, oddField), lineEnd), { maxLength: 3 }),
    fc.oneof({ weight: 4, arbitrary: wholeBody }, brokenBody),
    lineEnd,
  )
  .map(([blank, first, feed, lines, [announced, body], last]) =>
    [blank, first, feed, ...lines.flat(), announced, last, body].join(""),
  )
const conversation = fc.array(fc.tuple(message, fc.array(fc.nat(), { maxLength: 4 })), { minLength: 1, maxLength: 4 })

let ours: AnsweringPort
let nodes: AnsweringPort

beforeAll(async () => {
  // Memory that was used before holds bytes of other clients. None of it may leave the bridge.
  const alloc = Buffer.allocUnsafe.bind(Buffer)
  vi.spyOn(Buffer, "allocUnsafe").mockImplementation((size) => alloc(size).fill("POISON"))
  ours = await AnsweringPort.open("causeway")
  nodes = await AnsweringPort.open("node")
})

afterAll(async () => {
  vi.restoreAllMocks()
  await Promise.all([ours.close(), nodes.close()])
})

function readAnswers({ requests, answers }: Conversation): readonly Answer[] {
  return answersOf(
    answers,
    requests.map(({ method }) => method),
  )
}

it("answers as node:http does, or refuses for a reason that is listed", options, async () => {
  let accepted = 0
  const property = fc.asyncProperty(conversation, async (messages) => {
    const pieces = messages
      .flatMap(([text, cuts]) => cutAt(Buffer.from(text, "latin1"), cuts))
      .filter(({ length }) => length > 0)
    const our = await ours.converse(pieces)
    const node = await nodes.converse(pieces)
    const [ourAnswers, nodeAnswers] = [readAnswers(our), readAnswers(node)]
    accepted += our.requests.length
    const whole = our.requests.filter(({ isComplete, target }) => isComplete || target === "/early")
    expect(ourAnswers.filter((one) => isOfRequest(one) && one.status >= 200).length).toBe(whole.length)
    const unknown = our.requests.findIndex((request) => !METHODS.includes(request.method))
    if (unknown >= 0) {
      // node:http refuses methods that it does not know. The bridge does so itself, later.
      expectCommonStart(our.requests.slice(0, unknown), node.requests)
      return
    }
    const last = ourAnswers.at(-1)
    if (stricter.some((why) => why.test(last?.refusal ?? ""))) {
      expectCommonStart(our.requests, node.requests)
      return
    }
    if (node.requests.at(-1)?.fields.includes("expect") === true && nodeAnswers.at(-1)?.closes === true) {
      // node:http closes after each request with this field, even if the whole body came.
      expectCommonStart(our.requests, node.requests)
      return
    }
    if (saysBoth(our.requests.at(-1)) && last?.closes === true) {
      // RFC 9112 §9.3: `close` wins. node:http lets `keep-alive` win over HTTP/1.0.
      expectCommonStart(our.requests, node.requests)
      return
    }
    expect(our.requests).toEqual(node.requests)
    // node:http also refuses a whole request because of bytes after it. Ours answers the request first.
    const nodeOwn = nodeAnswers.filter(isOfRequest)
    const ourOwn = ourAnswers.filter(isOfRequest)
    expect(ourOwn.slice(0, nodeOwn.length)).toEqual(nodeOwn)
    if (nodeOwn.length < ourOwn.length) expect(nodeAnswers.at(-1)).not.toSatisfy(isOfRequest)
    const isOver = ourOwn.at(-1)?.closes === true || our.requests.at(-1)?.target === "/early"
    // After the last answer, and inside an upload that was answered, ours closes without a refusal.
    if (!isOver) expect(ourAnswers.every(isOfRequest)).toBe(nodeAnswers.every(isOfRequest))
  })
  await fc.assert(property, fuzzRuns)
  expect(accepted).toBeGreaterThan(0)
})

/** One of both has closed the connection earlier. */
function expectCommonStart(our: readonly SeenRequest[], node: readonly SeenRequest[]): void {
  expect(our.slice(0, node.length)).toEqual(node.slice(0, our.length))
}

/** The field `connection` says `close` and `keep-alive`. */
function saysBoth(request: SeenRequest | undefined): boolean {
  const fields = request?.fields.join("\n") ?? ""
  return /^connection\n.*close/im.test(fields) && /^connection\nkeep-alive/m.test(fields)
}

function isOfRequest({ refusal }: Answer): boolean {
  return refusal === null
}

it("answers in the same way however the bytes are cut", options, async () => {
  const property = fc.asyncProperty(conversation, fc.array(fc.nat(), { maxLength: 6 }), async (messages, cuts) => {
    const texts = messages.map(([text]) => Buffer.from(text, "latin1"))
    const one = await ours.converse(texts)
    const other = await ours.converse(cutAt(Buffer.concat(texts), cuts).filter(({ length }) => length > 0))
    expect(other.requests).toEqual(one.requests)
    const final = (answers: readonly Answer[]): readonly Answer[] => answers.filter(({ status }) => status >= 200)
    expect(final(readAnswers(other))).toEqual(final(readAnswers(one)))
    expect(other.failures).toEqual(one.failures)
  })
  await fc.assert(property, fuzzRuns)
})
