import { UnusableCertificate } from "../certificates/check-pem.ts"
import { shownPath } from "../shown-path.ts"
import { ConfigError } from "./check.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"
import type { Config } from "./schema.ts"
import { parseHostPort } from "./host-port.ts"
import { settings } from "./settings.ts"

/** Explains to a person why the bridge could not start: the problem, and the flag that solves it. */
export function explainStartFailure(cause: unknown, config: Config): string {
  if (!(cause instanceof Error)) return String(cause)
  if (cause instanceof ConfigError) return cause.message
  if (cause instanceof UnusableCertificate) return `${flagOfFile(cause.path, config)}${cause.message}`
  const failure: SystemFailure = cause
  return explainListen(failure, config) ?? explainFile(failure, config) ?? cause.message
}

/** The fields that Node adds to an error from the operating system. */
interface SystemFailure extends Error {
  readonly code?: string
  readonly syscall?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly path?: string
}

function explainListen(failure: SystemFailure, config: Config): string | null {
  const { code = failure.message, syscall, port, hostname } = failure
  if (syscall === "getaddrinfo") {
    const flag = parseHostPort(config.admin ?? "")?.host === hostname ? settings.admin.flag : settings.listen.flag
    return `no address is known for "${hostname}"; name an address of this machine with --${flag}`
  }
  if (syscall !== "listen") return null
  const flag = parseHostPort(config.listen)?.port === port ? settings.listen.flag : settings.admin.flag
  const place = `${failure.address}:${port}`
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is in use (${place}); end the program that holds it, or choose another with --${flag} (port 0 picks a free one)`
    case "EACCES":
      return `port ${port} may not be opened by this user (${place}); choose one from 1024 on with --${flag}, or grant CAP_NET_BIND_SERVICE`
    case "EADDRNOTAVAIL":
      return `${failure.address} is no address of this machine; choose another with --${flag}`
    default:
      return `${place} cannot be listened on (${code}); choose another with --${flag}`
  }
}

function explainFile({ code = "", path, message }: SystemFailure, config: Config): string | null {
  if (code.startsWith("ERR_OSSL") || code.startsWith("ERR_SSL")) {
    return `OpenSSL does not accept a certificate or key (${message}); see --tls-cert, --tls-key, --upstream-ca, --upstream-cert and --upstream-key`
  }
  if (path === undefined) return null
  const flag = flagOfFile(path, config)
  return flag === ""
    ? null
    : `${flag}the file ${shownPath(path)} ${fileProblems.get(code) ?? "cannot be opened"} (${code})`
}

const fileProblems: ReadonlyMap<string, string> = new Map([
  ["ENOTFILE", "is a device, a socket or a FIFO"],
  ["EFBIG", "is larger than any certificate or token"],
  ["ENOENT", "does not exist, or its folder does not"],
  ["EACCES", "cannot be opened by this user; give the bridge's user access to it, or run the bridge as another user"],
])

/** `--flag: ` of the settings that name this file, or its paths in the configuration file. Empty: no setting names it. */
function flagOfFile(path: string, config: Config): string {
  const files = [
    ...(["tlsCertFile", "tlsKeyFile", "upstreamCaFile", "upstreamCertFile", "upstreamKeyFile"] as const),
    "accessLog" as const,
  ]
  const flags = files.filter((name) => config[name] === path).map((name) => `--${settings[name].flag}`)
  const names = flags.length > 0 ? flags : config.upstreams.flatMap((upstream) => placesOfFile(path, upstream))
  return names.length === 0 ? "" : `${names.join(", ")}: `
}

function placesOfFile(path: string, { name, tls, tokenFile }: UpstreamConfig): string[] {
  const files = { "tls.ca": tls?.caFile, "tls.cert": tls?.certFile, "tls.key": tls?.keyFile, "token-file": tokenFile }
  const places = Object.entries(files).filter(([, file]) => file === path)
  return places.map(([place]) => `upstreams.${name}.${place}`)
}
