/** The wire formats of web clients: binary frames, or the same frames in base64. */
export type WebWire = "grpc-web" | "grpc-web-text"
/** The wire formats that a gRPC content type can name. */
export type GrpcWire = WebWire | "grpc"

/** The parts of a gRPC content type. */
export interface GrpcContentType {
  readonly wire: GrpcWire
  /** The message format: "+proto", "+json" … in lower case with its plus; "" if none is named, which means proto. */
  readonly suffix: string
}

/** PROTOCOL-WEB.md also names `-text-base64`. It means the same as `-text`: base64 is the only encoding of text. */
const pattern = /^application\/grpc(?:(-web)(-text(?:-base64)?)?)?(\+\w[\w.-]*)?[ \t]*(?:;.*)?$/i

/**
 * Reads a content type of gRPC or gRPC-Web in any letter case and with any parameters; `null` for every other content
 * type.
 */
export function parseContentType(value: string): GrpcContentType | null {
  const match = pattern.exec(value)
  if (match === null) return null
  const [, web, text, suffix = ""] = match
  const wire = text !== undefined ? "grpc-web-text" : web !== undefined ? "grpc-web" : "grpc"
  return { wire, suffix: suffix.toLowerCase() }
}

/** The content type as it is sent: `application/grpc-web+proto`. */
export function formatContentType(type: GrpcContentType): string {
  return `application/${type.wire}${type.suffix}`
}

/** No client's Accept is longer; one of thousands of items would cost more to read than the call. */
const longestAccept = 1_024

/**
 * Chooses the wire format of the answer: the web format that Accept weighs higher. Where Accept does not decide
 * (absent, only wildcards, both weighed alike, neither named), the answer has the format of the request. Clients that
 * leave Accept to the browser rely on this.
 */
export function chooseReplyWire(accept: string | null, request: WebWire): WebWire {
  if (accept === null || accept === "*/*" || accept.length > longestAccept) return request
  let binary: number | null = null
  let text: number | null = null
  let wildcard: number | null = null
  for (const item of accept.split(",")) {
    const range = item.split(";", 1)[0].trim().toLowerCase()
    const wire = parseContentType(range)?.wire
    if (wire === "grpc-web") binary = Math.max(binary ?? 0, quality(item))
    else if (wire === "grpc-web-text") text = Math.max(text ?? 0, quality(item))
    else if (range === "*/*" || range === "application/*") wildcard = Math.max(wildcard ?? 0, quality(item))
  }
  const advantage = weigh(text, wildcard) - weigh(binary, wildcard)
  return advantage === 0 ? request : advantage > 0 ? "grpc-web-text" : "grpc-web"
}

/**
 * The weight of a wire format: its own q, or else the q of the wildcard. A format that is not named outweighs one that
 * q=0 refuses.
 */
function weigh(own: number | null, wildcard: number | null): number {
  if (own !== null) return own === 0 ? -1 : own
  if (wildcard === null) return 0
  // A name outweighs a wildcard with the same q, by less than q's three decimals can express.
  return wildcard === 0 ? -1 : wildcard - 0.0005
}

/** The q parameter of a media range (RFC 9110 §12.4.2); 1 if it is absent or malformed. */
function quality(item: string): number {
  const match = /;[ \t]*q=([01](?:\.\d{0,3})?)[ \t]*(?:;|$)/i.exec(item)
  return match === null ? 1 : Math.min(Number(match[1]), 1)
}
