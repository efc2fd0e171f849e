/**
 * A method's path: `/package.Service/Method`, case-sensitive (PROTOCOL-HTTP2), in the characters of a URI's path segments (RFC
 * 3986 §3.3). It goes to the backend unchanged. A path with a dot segment, a backslash, or a percent-encoded delimiter names no
 * method, since two proxies could read it as two paths.
 */
const methodForm = /^\/(?!\.\.?\/)[\w.~!$&'()*+,;=:@%-]+\/(?!\.\.?$)[\w.~!$&'()*+,;=:@%-]+$/
/** Percent-encoded `#`, `%`, `.`, `/`, `?`, `\`, control characters, and percent signs without two hex digits. */
const misleadingEscape = /%(?:[01][0-9a-f]|2[35ef]|3f|5c|7f|(?![0-9a-f]{2}))/i
/** Percent-encoded letters, digits, `-`, `_`, `~`: to some readers another spelling of a name (RFC 3986 §6.2.2.2). */
const needlessEscape = /%(?:3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|2d|5f|7e)/i

/** A path, divided. */
export interface MethodPath {
  /** "" or segments such as `/api`, before the method. */
  readonly prefix: string
  readonly service: string
  readonly method: string
}

/** Reads a path: its last two segments name the method. Null: they do not. The prefix is not checked. */
export function parseMethodPath(path: string): MethodPath | null {
  const beforeMethod = path.lastIndexOf("/")
  const beforeService = path.lastIndexOf("/", beforeMethod - 1)
  if (beforeMethod <= 0 || beforeService < 0) return null
  const rest = path.slice(beforeService)
  if (!methodForm.test(rest)) return null
  if (rest.includes("%") && (misleadingEscape.test(rest) || needlessEscape.test(rest))) return null
  return {
    prefix: path.slice(0, beforeService),
    service: path.slice(beforeService + 1, beforeMethod),
    method: path.slice(beforeMethod + 1),
  }
}

const prefixForm = /^(?:\/(?!\.\.?(?:\/|$))[\w.~!$&'()*+,;=:@-]+)+\/?$/

/** The problem with a prefix to strip, or null. `/api` and `/api/` mean the same. */
export function stripPrefixProblem(prefix: string): string | null {
  if (prefixForm.test(prefix)) return null
  const slashed = `/${prefix.replace(/^\/+|\/+$/g, "")}`
  const hint = prefixForm.test(slashed) ? `; did you mean ${slashed}?` : ""
  return `"${prefix}" is no prefix of paths: expected / and a segment, such as /api or /team/api, without dot segments and escapes${hint}`
}

/** The form in which prefixes are compared: without a slash at the end. */
export function normalPrefix(prefix: string | null): string {
  return prefix === null ? "" : prefix.replace(/\/$/, "")
}
