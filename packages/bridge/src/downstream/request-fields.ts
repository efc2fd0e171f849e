/** Request fields that the bridge itself acts on, and what the backend is told instead. */
const acted = {
  "content-type": "Names the wire. The backend gets `application/grpc` with the same suffix.",
  accept: "May ask for the answer in the other gRPC-Web wire.",
  origin: "Decides whether the page may call (`--cors-origin`).",
  host: "Must be a host with an optional port, the same as `:authority`. The backend gets the one of `--upstream`.",
  "grpc-timeout": "The call's deadline. The backend gets the time that is left.",
  "grpc-encoding": "Goes to the backend; messages pass as they are compressed.",
  "user-agent": "Goes to the backend, after `x-user-agent`.",
  "x-user-agent": "Goes to the backend at the beginning of `user-agent`.",
  connection: "The fields that it lists are dropped (RFC 9110 §7.6.1).",
  "x-forwarded-for":
    "Names the client where `--trusted-proxies` trusts the sender, and goes on with the sender appended.",
  forwarded: "The same, as RFC 7239 writes it. Goes on only where it names the client that `x-forwarded-for` names.",
  cookie: "Dropped. With `--pass-cookies on` it goes to the backend, as one field.",
  "access-control-request-method": "Of a preflight, which the bridge answers itself.",
  "access-control-request-headers": "Of a preflight, which the bridge answers itself.",
} as const

/** A field that the bridge acts on. */
export type Slot = keyof typeof acted

/** Those fields, each with what comes of it. */
export const slots: Readonly<Record<Slot, string>> = acted

/**
 * What becomes of a family of fields: `pass` reaches the backend; `never` is dropped whatever is configured; `ofTheBrowser` and
 * `vouched` are dropped unless `--pass-header` names them. A `vouched` field is a proxy's word about the client: once there are
 * trusted proxies it is taken from them alone.
 */
export type FamilyFate = "pass" | "never" | "ofTheBrowser" | "vouched"

/** Fields that share a fate. */
export interface FieldFamily {
  readonly fate: FamilyFate
  /** Lower case, separated by blanks; a name that ends in `*` stands for every name that begins so. */
  readonly names: string
  readonly why: string
}

/** The families, the most particular first. A name that is in none of them is the application's, and passes. */
export const families: readonly FieldFamily[] = [
  {
    fate: "pass",
    names: "grpc-accept-encoding grpc-trace-bin grpc-tags-bin grpc-previous-rpc-attempts",
    why: "gRPC's own, and a client's to say.",
  },
  { fate: "never", names: "grpc-*", why: "Every other `grpc-` name is reserved for gRPC itself." },
  {
    fate: "never",
    names: "keep-alive proxy-connection transfer-encoding upgrade http2-settings te trailer content-length expect",
    why: "Of this hop alone, or made anew: a backend would answer PROTOCOL_ERROR (RFC 9113 §8.2.2).",
  },
  { fate: "never", names: "proxy-authorization proxy-authenticate proxy", why: "Meant for a proxy, and secret." },
  {
    fate: "never",
    names: "accept-encoding x-grpc-web access-control-request-private-network",
    why: "Of the hop between page and bridge; must not be taken for `grpc-accept-encoding`.",
  },
  {
    fate: "ofTheBrowser",
    names: "accept-language accept-charset referer dnt priority cache-control pragma sec-*",
    why: "Written by the browser, not by the application.",
  },
  {
    fate: "vouched",
    names:
      "x-forwarded-* x-real-ip x-client-ip x-cluster-client-ip x-originating-ip client-ip true-client-ip via cdn-loop " +
      "cf-* fastly-* akamai-* x-akamai-* cloudfront-* fly-client-ip fly-forwarded-* x-azure-clientip x-azure-socketip " +
      "x-appengine-* x-vercel-* x-nf-*",
    why: "A proxy's word about the client's address and connection.",
  },
  {
    fate: "vouched",
    names:
      "client-cert* x-client-cert* x-client-dn x-client-verify x-ssl-* ssl-client-* x-tls-client-* x-mtls-* x-arr-* " +
      "x-spiffe-* x-amzn-mtls-* l5d-*",
    why: "A proxy's or mesh's word about the client's certificate.",
  },
  {
    fate: "vouched",
    names:
      "x-amzn-oidc-* x-goog-authenticated-user-* x-goog-iap-* x-apigateway-api-userinfo x-endpoint-api-userinfo " +
      "x-ms-client-principal* x-ms-token-* x-auth-request-* x-authenticated-* x-remote-* x-webauth-* x-consumer-* " +
      "x-credential-* x-anonymous-consumer x-authentik-* x-pomerium-* x-vouch-* remote-user remote-name remote-email " +
      "remote-group remote-groups remote-addr tailscale-user-* oidc-claim-* shib-*",
    why: "A login proxy's word about the user.",
  },
  {
    fate: "vouched",
    names: "x-envoy-* x-istio-* x-original-* x-rewrite-url x-scheme x-url-scheme front-end-https",
    why: "A proxy's word about the request and its route, or orders to one.",
  },
]

/** The family of a name in lower case; null: the application's own. */
export function familyOf(name: string): FieldFamily | null {
  const exact = byName.get(name)
  if (exact !== undefined) return exact
  return byPrefix.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null
}

/** What is wrong with an entry of `--pass-header`, or null. */
export function passHeaderProblem(entry: string): string | null {
  const lower = entry.toLowerCase()
  if (!/^[0-9a-z_.-]+\*?$/.test(lower)) {
    return `"${entry}" is no field name: expected a name such as x-forwarded-proto, or the beginning of names such as x-forwarded-*`
  }
  if (lower === "cookie") return `"${entry}" passes by a setting of its own: expected --pass-cookies on`
  if (lower === "x-forwarded-for" || lower === "forwarded")
    return `"${entry}" passes by a setting of its own: expected --trusted-proxies with your proxies, or with none if there is none`
  if (lower.endsWith("*")) return prefixProblem(entry, lower.slice(0, -1))
  if (Object.hasOwn(acted, lower)) return `"${entry}" cannot be passed as it is: the bridge acts on it (docs/fields.md)`
  const family = familyOf(lower) ?? familyOf(withHyphens(lower))
  if (family?.fate === "never") return `"${entry}" cannot be passed. ${family.why}`
  if (family === null || family.fate === "pass") return `"${entry}" is not dropped: it passes without this setting`
  return null
}

function prefixProblem(entry: string, prefix: string): string | null {
  const liftable = families.filter(({ fate }) => fate === "ofTheBrowser" || fate === "vouched")
  const isSome = liftable.some(({ names }) =>
    names
      .split(" ")
      .some((name) => name.startsWith(prefix) || (name.endsWith("*") && prefix.startsWith(name.slice(0, -1)))),
  )
  if (isSome) return null
  const family = familyOf(prefix)
  if (family?.fate === "never") return `"${entry}" cannot be passed. ${family.why}`
  return `"${entry}" stands for no field that the bridge drops and may pass (docs/fields.md)`
}

/**
 * The usual spelling of a name. Servers that make variables of field names (RFC 3875 §4.1.18) take `x_forwarded_user` for
 * `x-forwarded-user`.
 */
export function withHyphens(name: string): string {
  return name.replace(/[_.]/g, "-")
}

const listed = families.flatMap((family) => family.names.split(" ").map((name) => [name, family] as const))
const byName: ReadonlyMap<string, FieldFamily> = new Map(listed.filter(([name]) => !name.endsWith("*")))
const byPrefix = listed
  .filter(([name]) => name.endsWith("*"))
  .map(([name, family]) => [name.slice(0, -1), family] as const)
