/**
 * Rules for the head of a request (RFC 9113 §8.1 to §8.3). One object serves all requests of a connection: it holds what the last
 * head says.
 */
export class RequestRules {
  method = ""
  path = ""
  /** Null: the head has none. */
  authority: string | null = null
  /** The body's length as the head gives it. Infinity: it does not. */
  contentLength: number = Infinity
  /** Index of the first field behind the pseudo-headers. */
  firstField = 0
  #scheme = ""

  /** Reads a head. False: it is malformed. */
  readHead(fields: readonly string[]): boolean {
    this.method = ""
    this.path = ""
    this.authority = null
    this.contentLength = Infinity
    this.#scheme = ""
    let at = 0
    for (; at < fields.length && fields[at].charCodeAt(0) === colon; at += 2) {
      if (!this.#readPseudo(fields[at], fields[at + 1])) return false
    }
    this.firstField = at
    let hosts = 0
    for (; at < fields.length; at += 2) {
      const name = fields[at]
      if (isForbidden(name, fields[at + 1])) return false
      if (name === "content-length" && !this.#readLength(fields[at + 1])) return false
      if (name === "host" && ++hosts > 1) return false
    }
    return (hosts > 0 || this.authority !== null) && this.#isComplete
  }

  /** RFC 9113 §8.3.1 and, for CONNECT, §8.5. */
  get #isComplete(): boolean {
    if (this.method === "CONNECT") return this.path === "" && this.#scheme === "" && this.authority !== null
    if (this.method === "" || this.#scheme === "" || this.path === "") return false
    return this.path.charCodeAt(0) === slash || (this.path === "*" && this.method === "OPTIONS")
  }

  #readPseudo(name: string, value: string): boolean {
    switch (name) {
      case ":method":
        if (this.method !== "" || !token.test(value)) return false
        this.method = value
        return true
      case ":path":
        if (this.path !== "" || !visible.test(value)) return false
        this.path = value
        return true
      case ":scheme":
        if (this.#scheme !== "" || !scheme.test(value)) return false
        this.#scheme = value
        return true
      case ":authority":
        if (this.authority !== null || !visible.test(value)) return false
        this.authority = value
        return true
      default:
        return false
    }
  }

  #readLength(value: string): boolean {
    if (this.contentLength !== Infinity || !/^\d{1,15}$/.test(value)) return false
    this.contentLength = Number(value)
    return true
  }
}

const token = /^[\w!#$%&'*+.^`|~-]+$/
const visible = /^[\x21-\x7e\x80-\xff]+$/
const scheme = /^[a-z][a-z0-9+.-]*$/i
const slash = 0x2f
const colon = 0x3a

/** True if these trailers are well-formed: they have no pseudo-header and nothing of a connection. */
export function areTrailers(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) if (isForbidden(fields[i], fields[i + 1])) return false
  return true
}

/** A pseudo-header behind other fields, or a field of a connection (RFC 9113 §8.2.2). */
function isForbidden(name: string, value: string): boolean {
  switch (name) {
    case "connection":
    case "keep-alive":
    case "proxy-connection":
    case "transfer-encoding":
    case "upgrade":
      return true
    case "te":
      return value.toLowerCase() !== "trailers"
    default:
      return name.charCodeAt(0) === colon
  }
}
