/** An answer of the bridge, read strictly. */
export interface Answer {
  readonly status: number
  readonly framing: "none" | "length" | "chunked" | "close"
  /** The connection ends after it. */
  readonly closes: boolean
  readonly body: string
  /** The text of a refusal outside of any request. Null: it is an answer to a request. */
  readonly refusal: string | null
}

/**
 * All answers on a connection, to requests of these methods.
 * @throws {Error} for bytes that are no answer, or no whole one
 */
export function answersOf(bytes: Buffer, methods: readonly string[]): Answer[] {
  const answers: Answer[] = []
  let finals = 0
  let at = 0
  while (at < bytes.length) {
    const headEnd = bytes.indexOf("\r\n\r\n", at)
    if (headEnd < 0) throw new Error(`no head: ${bytes.toString("latin1", at)}`)
    const [line, ...lines] = bytes.toString("latin1", at, headEnd).split("\r\n")
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\w -]+$/.exec(line)?.[1])
    const fields = new Map(lines.map((text) => [text.slice(0, text.indexOf(":")).toLowerCase(), text]))
    if (Number.isNaN(status) || fields.size !== lines.length) throw new Error(`bad head: ${line}`)
    const isOfRequest = status < 200 || fields.has("x-bytes")
    const hasNoBody = status < 200 || status === 204 || (isOfRequest && methods[finals] === "HEAD")
    const { body, framing, end } = hasNoBody
      ? { body: "", framing: "none" as const, end: headEnd + 4 }
      : readBody(bytes, headEnd + 4, fields)
    const closes = fields.get("connection")?.includes("close") === true
    answers.push({ status, framing, closes, body: isOfRequest ? body : "", refusal: isOfRequest ? null : body })
    if (status >= 200) finals++
    at = end
  }
  return answers
}

type Body = { readonly body: string; readonly framing: Answer["framing"]; readonly end: number }

function readBody(bytes: Buffer, start: number, fields: ReadonlyMap<string, string>): Body {
  const length = fields.get("content-length")
  if (fields.has("transfer-encoding")) {
    if (length !== undefined) throw new Error("two framings")
    return readChunks(bytes, start)
  }
  if (length === undefined) return { body: bytes.toString("latin1", start), framing: "close", end: bytes.length }
  const end = start + Number(length.slice(length.indexOf(":") + 1))
  if (!(end <= bytes.length)) throw new Error("a body that is too short")
  return { body: bytes.toString("latin1", start, end), framing: "length", end }
}

function readChunks(bytes: Buffer, start: number): Body {
  let body = ""
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at)
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (lineEnd < 0 || Number.isNaN(size) || bytes.toString("latin1", end, end + 2) !== "\r\n")
      throw new Error("bad chunk")
    body += bytes.toString("latin1", lineEnd + 2, end)
    at = end + 2
    if (size === 0) return { body, framing: "chunked", end: at }
  }
}
