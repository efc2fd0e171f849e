import type { BalancingConfig, OutlierConfig, UpstreamConfig, UpstreamTlsConfig } from "../upstream/upstream-config.ts"
import type { Rules } from "./file/section.ts"

type UpstreamFields = Omit<UpstreamConfig, "name">

/** The rules between the fields of an upstream. */
export function checkUpstream(upstream: UpstreamFields, rules: Rules): void {
  checkEndpoints(upstream, rules)
  const { tokenFile, metadata } = upstream
  if (tokenFile !== null && metadata.some(([name]) => name === "authorization")) {
    rules.refuse(
      "tokenFile",
      "received a file for the field authorization, which metadata sets too; expected one of both",
    )
  }
}

function checkEndpoints({ endpoints, tls }: UpstreamFields, { refuse, reading, pathOf }: Rules): void {
  const seen = new Map<string, number>()
  const firstTls = endpoints.findIndex(({ address }) => isScheme(address, "https"))
  for (const [i, { address }] of endpoints.entries()) {
    const at = `${pathOf("endpoints")}[${i}]`
    const before = seen.get(address)
    if (before === undefined) seen.set(address, i)
    else reading.refuse(at, `received ${address}, which endpoints[${before}] is too; expected each address once`)
    if (!isScheme(address, "http")) continue
    const why = tls !== null ? "tls is on" : firstTls < 0 ? null : `endpoints[${firstTls}] speaks TLS`
    if (why !== null) {
      reading.refuse(at, `received ${address}, but ${why}; expected all endpoints with TLS or all without`)
    }
  }
  if (tls === null && firstTls >= 0 && reading.lineOf(pathOf("tls")) !== null) {
    refuse("tls", `received off, but endpoints[${firstTls}] begins with https://; expected http:// there, or tls: on`)
  }
  const isSecure = tls !== null || firstTls >= 0
  const unix = endpoints.findIndex(({ address }) => isScheme(address, "unix"))
  if (isSecure && unix >= 0 && (tls?.serverName ?? null) === null) {
    refuse(
      "tls",
      `received no server-name, but endpoints[${unix}] is a socket without a host; expected the certificate's name`,
    )
  }
}

function isScheme(address: string, scheme: string): boolean {
  return address.toLowerCase().startsWith(`${scheme}:`)
}

/** With an address that begins with `https://`, TLS is on. */
export function withTls(upstream: UpstreamFields, defaults: UpstreamTlsConfig): UpstreamFields {
  const hasTls = upstream.tls !== null || !upstream.endpoints.some(({ address }) => isScheme(address, "https"))
  return hasTls ? upstream : { ...upstream, tls: defaults }
}

/** A certificate needs its key, and a key its certificate. */
export function checkTls({ certFile, keyFile }: UpstreamTlsConfig, { refuse }: Rules): void {
  if ((certFile === null) === (keyFile === null)) return
  const [missing, present] = certFile === null ? ["certFile", "key"] : ["keyFile", "cert"]
  refuse(missing, `received nothing, expected a file, since ${present} is set`)
}

/** A hash and load reports belong to one policy each. */
export function checkBalancing({ policy, hash, usesLoadReports }: BalancingConfig, { refuse }: Rules): void {
  if (policy === "ring-hash" && hash === null) {
    refuse("hash", "received nothing, expected header: NAME or cookie: NAME, since the policy is ring-hash")
  }
  if (policy !== "ring-hash" && hash !== null) {
    refuse("hash", `received a hash, but the policy is ${policy}; expected the policy ring-hash, or no hash`)
  }
  if (policy !== "weighted" && usesLoadReports) {
    refuse("usesLoadReports", `received on, but the policy is ${policy}; expected the policy weighted, or off`)
  }
}

/** One of both judgements is needed. */
export function checkOutlier({ successRate, failurePercentage, ...times }: OutlierConfig, { refuse }: Rules): void {
  if (successRate === null && failurePercentage === null) {
    refuse("failurePercentage", "received off for both judgements; expected one of them, or outlier: off")
  }
  if (times.maxEjectionMs < times.baseEjectionMs) {
    refuse("maxEjectionMs", "received less than base-ejection; expected at least the same time")
  }
}
