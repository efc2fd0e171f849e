import type { Metadata } from "@causeway/protocol"
import { withHyphens } from "../core/usual-spelling.ts"

/** No credentials: calls keep what their clients send. */
export const noCredentials: readonly string[] = []

/** Longest token. Request heads are limited, and a longer file is another one. */
const maxTokenBytes = 16_384

/**
 * The fields that an upstream adds to each call: a flat list of names, in lower case, and values. `token`: sent as `authorization:
 * Bearer`.
 */
export function credentialFields(
  metadata: readonly (readonly [string, string])[],
  token: string | null,
): readonly string[] {
  const fields = metadata.flatMap(([name, value]) => [name.toLowerCase(), value])
  if (token !== null) fields.push("authorization", `Bearer ${token}`)
  return fields.length === 0 ? noCredentials : fields
}

/**
 * Appends metadata and credentials. Credentials replace what the client has sent under their names, in every spelling with
 * hyphens, underscores and dots: a backend may read them as one.
 */
export function appendWithCredentials(metadata: Metadata, credentials: readonly string[], fields: string[]): void {
  const sent: string[] = []
  metadata.appendTo(sent)
  for (let i = 0; i < sent.length; i += 2) if (!hasName(credentials, sent[i])) fields.push(sent[i], sent[i + 1])
  for (const part of credentials) fields.push(part)
}

/**
 * Reads the token in a file's text. Whitespace around it does not count.
 * @throws {Error} the reason why it is no token, without its content
 */
export function readToken(text: string): string {
  const token = text.trim()
  const bytes = Buffer.byteLength(text)
  if (token === "") throw new Error("it is empty, expected a token")
  if (bytes > maxTokenBytes) throw new Error(`it holds ${bytes} bytes, expected a token of at most ${maxTokenBytes}`)
  if (/^bearer\s/i.test(token)) throw new Error("it begins with the word Bearer, expected the token alone")
  // RFC 6750 §2.1. Anything else could end the field and begin another.
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token
  throw new Error("it holds characters that no token has, expected letters, digits and -._~+/ (RFC 6750), on one line")
}

function hasName(flat: readonly string[], name: string): boolean {
  const usual = withHyphens(name)
  for (let i = 0; i < flat.length; i += 2) if (withHyphens(flat[i]) === usual) return true
  return false
}
