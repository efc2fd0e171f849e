import { isIP } from "node:net"

/** Last labels that the public DNS never assigns, so that no web site's name ends in them. */
const privateSuffixes = new Set(["localhost", "local", "internal", "svc", "lan", "corp", "home", "test"])

/** RFC 9110 §7.2: a name or an address, and perhaps a port. */
const hostField = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]{1,253}))(?::\d{1,5})?$/i

const nameForm = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i

/** The problem with this entry of the list of allowed names, or null. */
export function hostNameProblem(name: string): string | null {
  if (name === "*" || (name.length <= 253 && nameForm.test(name))) return null
  return `"${name}" is not a host name: expected a name without scheme and port, such as bridge.example.com, or *`
}

/**
 * True if a request may read pages for operators. A web page can point its own name at this machine and read the answers as its
 * own origin's (DNS rebinding). The browser then sends that name as Host. So a Host that no web site can have is safe, and any
 * other must be configured.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (host === undefined || allowed.includes("*")) return true // browsers always send a Host
  const name = nameOf(host)
  if (name === null) return false
  return isIP(name) !== 0 || isPrivate(name) || allowed.some((one) => one.toLowerCase() === name)
}

/** The name or address of a Host field, in lower case and without a final dot. Null: the field is malformed. */
export function nameOf(host: string): string | null {
  const [, ipv6, name] = hostField.exec(host) ?? []
  return (ipv6 ?? name)?.toLowerCase().replace(/\.$/, "") ?? null
}

function isPrivate(name: string): boolean {
  const lastDot = name.lastIndexOf(".")
  return lastDot < 0 || privateSuffixes.has(name.slice(lastDot + 1)) || name.endsWith(".home.arpa")
}
