/**
 * Rules for the fields of a reply (RFC 9113 §8.1 to §8.3). One object serves all replies of a connection: it holds what the last head
 * says.
 */
export class ReplyRules {
  /** The HTTP status. */
  status = 0
  /** The body's length as the head gives it; -1: it does not. */
  contentLength = -1

  /** Reads a head. False: it is malformed. */
  readHead(fields: readonly string[]): boolean {
    this.status = 0
    this.contentLength = -1
    if (fields[0] !== ":status" || !this.#readStatus(fields[1])) return false
    for (let i = 2; i < fields.length; i += 2) {
      const name = fields[i]
      if (isForbidden(name, fields[i + 1])) return false
      if (name === "content-length" && !this.#readLength(fields[i + 1])) return false
    }
    return true
  }

  #readStatus(value: string): boolean {
    if (value.length !== 3) return false
    const status = Number(value)
    this.status = status
    // 101 does not exist in HTTP/2 (RFC 9113 §8.6).
    return status >= 100 && status <= 999 && Number.isInteger(status) && status !== 101
  }

  #readLength(value: string): boolean {
    if (this.contentLength !== -1 || !/^\d{1,15}$/.test(value)) return false
    this.contentLength = Number(value)
    return true
  }
}

/** True if these trailers are well-formed: they have no pseudo-header and nothing of a connection. */
export function areTrailers(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) if (isForbidden(fields[i], fields[i + 1])) return false
  return true
}

/** A pseudo-header behind the status, or a field of a connection (RFC 9113 §8.2.2). */
function isForbidden(name: string, value: string): boolean {
  switch (name) {
    case "connection":
    case "keep-alive":
    case "proxy-connection":
    case "transfer-encoding":
    case "upgrade":
      return true
    case "te":
      return value !== "trailers"
    default:
      return name.charCodeAt(0) === colon
  }
}

const colon = 0x3a
