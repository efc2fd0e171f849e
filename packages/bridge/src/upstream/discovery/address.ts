import { isIPv4, isIPv6 } from "node:net"
import { domainToASCII } from "node:url"
import { isHostName } from "./host-name.ts"

/** An endpoint's address, parsed. */
export type EndpointAddress =
  /** One endpoint: an IP address, or a name that is looked up for each connection. */
  | {
      readonly kind: "host"
      readonly scheme: "http" | "https" | null
      readonly host: string
      readonly port: number | null
    }
  /** A name each of whose addresses is an endpoint. A final dot tells that no search domain is appended. */
  | { readonly kind: "dns"; readonly name: string; readonly port: number | null }
  /** A name whose SRV records list the endpoints. */
  | { readonly kind: "srv"; readonly name: string }
  /** A socket in the file system. */
  | { readonly kind: "unix"; readonly path: string }
  /** No address. `problem`: the text received, the form expected, and the likely cause. */
  | { readonly kind: "wrong"; readonly problem: string }

/** The port of a `host` or `dns` address that names none. */
export function defaultPort(isTls: boolean): number {
  return isTls ? 443 : 80
}

/** The problem with an endpoint's address, or null. */
export function endpointAddressProblem(text: string): string | null {
  const address = parseEndpointAddress(text)
  return address.kind === "wrong" ? address.problem : null
}

/** Parses an endpoint's address. IPv6 addresses lose their brackets, and names become lower case. */
export function parseEndpointAddress(text: string): EndpointAddress {
  const parsed = parse(text)
  return typeof parsed === "string" ? { kind: "wrong", problem: `${shown(text)} ${parsed}` } : parsed
}

/** An address, or the problem without the text received. */
type Parsed = EndpointAddress | string

const forms =
  "expected host:port, http://host:port, https://host:port, dns:///name:port, dns+srv:///_grpc._tcp.name or unix:/path"

/** Linux refuses a longer path (sun_path in unix(7)). */
const maxPathBytes = 107

function parse(text: string): Parsed {
  if (text === "") return `is empty: ${forms}`
  if (/\p{Cc}/u.test(text)) return `holds a control character, perhaps a line break: ${forms}`
  if (text.startsWith("/")) return `begins with a slash: ${forms}; did you mean unix:${text}?`
  const [, scheme, slashes, rest] = /^([a-z][a-z0-9+.-]*):(\/{0,3})(.*)$/i.exec(text) ?? []
  if (scheme === undefined) return parseHost(text, null)
  switch (scheme.toLowerCase()) {
    case "unix":
      if (slashes !== "" || !isPort(rest)) return parseUnix(slashes, rest)
      break
    case "http":
    case "https":
      if (slashes !== "") return parseUrl(scheme.toLowerCase() as "http" | "https", slashes, rest)
      break
    case "dns":
      if (slashes !== "" || !isPort(rest)) return parseDns(slashes, rest)
      break
    case "dns+srv":
      return parseSrv(slashes, rest)
  }
  const known = foreignForms[scheme.toLowerCase()]
  if (slashes !== "" || (known !== undefined && !isPort(rest))) return foreign(scheme, known, rest)
  return parseHost(text, null)
}

/** Forms of other programs, each with the remedy. */
const foreignForms: Readonly<Record<string, ((rest: string) => string) | undefined>> = {
  grpc: (rest) => `write http://${rest} for gRPC without TLS`,
  grpcs: (rest) => `write https://${rest} for gRPC over TLS`,
  tcp: (rest) => `write ${rest}`,
  ipv4: (rest) => `write ${rest}, one endpoint for each address`,
  ipv6: (rest) => `write ${rest}, one endpoint for each address`,
  srv: (rest) => `write dns+srv:///${rest}`,
  xds: () => "the bridge asks no xDS server; list the endpoints, or name them by dns:/// or dns+srv:///",
  "unix-abstract": () => "abstract sockets cannot be dialled; write unix:/path",
}

function foreign(scheme: string, remedy: ((rest: string) => string) | undefined, rest: string): string {
  const hint = remedy?.(rest.replace(/\/+$/, ""))
  return `begins with ${scheme}:, which is no form of the bridge${hint === undefined ? "" : `; ${hint}`}: ${forms}`
}

function parseUrl(scheme: "http" | "https", slashes: string, rest: string): Parsed {
  const expected = `expected ${scheme}://host:port`
  if (slashes !== "//") return `needs two slashes after ${scheme}: and has ${slashes.length}, ${expected}`
  if (rest.includes("@")) return `holds a user or a password, which gRPC has no place for: ${expected}`
  const host = rest.endsWith("/") ? rest.slice(0, -1) : rest
  if (/[/?#\\]/.test(host)) {
    return `goes on after host and port, but the path of a call is its method's: ${expected} (a prefix of the page's path is cut by a route)`
  }
  return parseHost(host, scheme)
}

function parseDns(slashes: string, rest: string): Parsed {
  const expected = "expected dns:///name:port"
  if (slashes === "//" && rest.includes("/")) {
    return `names a DNS server before the name, but the bridge asks those of the system: ${expected}`
  }
  if (slashes !== "///") return `needs three slashes after dns:, ${expected}`
  const parsed = parseHostPort(rest, expected)
  if (typeof parsed === "string") return parsed
  const { host, port } = parsed
  // An address needs no look-up: it is one endpoint.
  return isIPv4(host) || isIPv6(host) ? { kind: "host", scheme: null, host, port } : { kind: "dns", name: host, port }
}

function parseSrv(slashes: string, rest: string): Parsed {
  const expected = "expected dns+srv:///_service._tcp.name, such as dns+srv:///_grpc._tcp.users.internal"
  if (slashes !== "///") return `needs three slashes after dns+srv:, ${expected}`
  const name = rest.toLowerCase()
  if (/:\d*$/.test(name)) return `has a port, but SRV records name the ports themselves: ${expected}`
  if (isIPv4(name) || isIPv6(name.replace(/^\[(.*)\]$/, "$1"))) return `has an address in place of a name: ${expected}`
  return isHostName(withoutDot(name)) ? { kind: "srv", name } : `has no host name after the slashes: ${expected}`
}

function parseUnix(slashes: string, rest: string): Parsed {
  const expected = "expected unix:/path or unix:///path, with the path from the root"
  if (slashes === "" || slashes === "//") return `has a path that does not begin at the root: ${expected}`
  const path = `/${rest}`
  if (path.endsWith("/")) return `ends in a slash, so it names a folder: ${expected}`
  const bytes = Buffer.byteLength(path)
  if (bytes <= maxPathBytes) return { kind: "unix", path }
  return `has a path of ${bytes} bytes, but a socket's path has at most ${maxPathBytes} (unix(7)); a symlink to its folder makes it shorter`
}

/** A static endpoint. Without a scheme it needs a port, since nothing tells a default. */
function parseHost(text: string, scheme: "http" | "https" | null): Parsed {
  const expected = scheme === null ? "expected host:port" : `expected ${scheme}://host:port`
  const parsed = parseHostPort(text, expected)
  if (typeof parsed === "string") return parsed
  if (parsed.port !== null || scheme !== null) return { kind: "host", scheme, ...parsed }
  return `has no port: ${expected}; did you mean ${text}:50051 or dns:///${text}:50051?`
}

function parseHostPort(
  text: string,
  expected: string,
): { readonly host: string; readonly port: number | null } | string {
  const [, ipv6, name = "", digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? []
  if (isIPv6(text)) return `has an IPv6 address without brackets: ${expected}; did you mean [${text}]:50051?`
  if (ipv6 === undefined && name === "") return `has no host: ${expected}`
  if (digits?.includes(":") === true) {
    return `has several colons: ${expected}, with brackets around an IPv6 address, such as [::1]:50051`
  }
  if (digits !== undefined && !isPort(digits)) return `has ${shown(digits)} for a port: ${expected}, from 1 to 65535`
  const port = digits === undefined ? null : Number(digits)
  if (ipv6 !== undefined) {
    return isIPv6(ipv6) ? { host: ipv6, port } : `has ${shown(ipv6)} in brackets, which is no IPv6 address: ${expected}`
  }
  const host = asciiName(name)
  return isHostName(withoutDot(host)) ? { host, port } : `has ${shown(name)} for a host${whyNoHost(name)}: ${expected}`
}

function whyNoHost(name: string): string {
  if (name.includes("/")) return ", which holds a slash"
  if (name.includes(",")) return ", which looks like a list; each address is an endpoint of its own"
  if (/(^|\.)\d+$/.test(name)) return ", which is no IPv4 address, and no name ends in a number"
  return ""
}

function asciiName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name.toLowerCase() : domainToASCII(name)
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name
}

function isPort(digits: string): boolean {
  return /^\d{1,5}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= 65_535
}

/** The text for a message: short, and without the password of a URL. */
function shown(text: string): string {
  const safe = JSON.stringify(text).replace(/\/\/[^/]*@/g, "//…@")
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe
}
