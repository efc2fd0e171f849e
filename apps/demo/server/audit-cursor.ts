/** A position in an audit log: just after the event with this number. */
export interface AuditPlace {
  /** The log's id. */
  readonly logId: string
  /** 0 is the position before the first event. */
  readonly sequence: number
}

/** Encodes a position as an opaque string for callers. */
export function encodeCursor({ logId, sequence }: AuditPlace): string {
  return Buffer.from(`${logId}:${sequence}`).toString("base64url")
}

/** Reads a cursor of `encodeCursor`; null for anything else. */
export function decodeCursor(cursor: string): AuditPlace | null {
  const match = /^([0-9a-f]+):(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString())
  if (match === null) return null
  const [, logId = "", digits = ""] = match
  const place = { logId, sequence: Number(digits) }
  return encodeCursor(place) === cursor ? place : null
}
