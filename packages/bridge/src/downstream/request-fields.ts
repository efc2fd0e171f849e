import { withHyphens } from "../core/usual-spelling.ts"

/** Request fields that the bridge itself acts on, each with the effect. */
const acted = {
  "content-type": "Names the wire. The backend gets `application/grpc` with the same suffix.",
  accept: "May ask for the answer in the other gRPC-Web wire.",
  origin: "Decides whether the page may call (`--cors-origin`).",
  host: "Must be a host with an optional port, equal to `:authority`. The backend gets the address of its endpoint, or the `authority` of the upstream, or the `rewrite-host` of the route.",
  "grpc-timeout": "The call's deadline. The backend gets the remaining time.",
  "grpc-encoding": "Goes to the backend. Compressed messages pass unchanged.",
  "user-agent": "Goes to the backend, after `x-user-agent`.",
  "x-user-agent": "Goes to the backend at the beginning of `user-agent`.",
  connection: "The fields that it lists are dropped (RFC 9110 §7.6.1).",
  "x-forwarded-for":
    "Names the client if `--trusted-proxies` lists the sender. The backend gets it with the sender appended.",
  forwarded: "The client in the form of RFC 7239. Passed only if it names the same client as `x-forwarded-for`.",
  cookie: "Dropped. With `--pass-cookies on` it goes to the backend, as one field.",
  "access-control-request-method": "Part of a preflight, which the bridge answers itself.",
  "access-control-request-headers": "Part of a preflight, which the bridge answers itself.",
} as const

/** A field that the bridge acts on. */
export type Slot = keyof typeof acted

/** The fields that the bridge acts on, each with its effect. */
export const slots: Readonly<Record<Slot, string>> = acted

/**
 * How a family of fields is treated. `pass` reaches the backend. `never` is dropped, whatever is configured. `ofTheBrowser` and
 * `trustedProxyOnly` are dropped unless `--pass-header` names them. A `trustedProxyOnly` field is a proxy's statement about the
 * client: if trusted proxies are configured, it is accepted only from them.
 */
export type FamilyPolicy = "pass" | "never" | "ofTheBrowser" | "trustedProxyOnly"

/** Fields that are treated alike. */
export interface FieldFamily {
  readonly policy: FamilyPolicy
  /** Lower case, separated by blanks. A name that ends in `*` is a prefix. */
  readonly names: string
  readonly why: string
}

/** All families. An exact name wins over a prefix; of several prefixes the first wins. A name in no family passes: it is the application's. */
export const families: readonly FieldFamily[] = [
  {
    policy: "pass",
    names: "grpc-accept-encoding grpc-trace-bin grpc-tags-bin grpc-previous-rpc-attempts",
    why: "gRPC's own fields that a client may set.",
  },
  { policy: "never", names: "grpc-*", why: "Every other `grpc-` name is reserved for gRPC itself." },
  {
    policy: "never",
    names: "keep-alive proxy-connection transfer-encoding upgrade http2-settings te trailer content-length expect",
    why: "For this hop only, or written anew: a backend would answer PROTOCOL_ERROR (RFC 9113 §8.2.2).",
  },
  { policy: "never", names: "proxy-authorization proxy-authenticate proxy", why: "Meant for a proxy, and secret." },
  {
    policy: "never",
    names: "accept-encoding x-grpc-web access-control-request-private-network",
    why: "For the hop between page and bridge. The backend must not mistake `accept-encoding` for `grpc-accept-encoding`.",
  },
  {
    policy: "ofTheBrowser",
    names: "accept-language accept-charset referer dnt priority cache-control pragma sec-*",
    why: "Written by the browser, not by the application.",
  },
  {
    policy: "trustedProxyOnly",
    names:
      "x-forwarded x-forwarded-* forwarded-for x-forward-* x-real-ip x-client-ip x-cluster-client-ip x-originating-ip " +
      "client-ip http-client-ip true-client-ip x-true-client-ip proxy-client-ip wl-proxy-client-ip x-proxyuser-ip via " +
      "cdn-loop cf-* fastly-* akamai-* x-akamai-* cloudfront-* fly-client-ip fly-forwarded-* x-azure-* x-appengine-* " +
      "x-vercel-* x-nf-* incap-client-ip x-sucuri-* do-connecting-ip ali-cdn-real-ip",
    why: "A proxy's statement about the client's address and connection.",
  },
  {
    policy: "trustedProxyOnly",
    names:
      "client-cert* x-client-cert* x-client-dn x-client-s-dn x-client-subject-dn x-client-verify x-ssl-* ssl-client-* " +
      "sslclientcert* x-tls-client-* x-mtls-* x-peer-cert* wl-proxy-client-cert x-arr-* x-spiffe-* spiffe-id " +
      "x-amzn-mtls-* x-amzn-tls-* x-amzn-vpc* x-kuma-* l5d-*",
    why: "A proxy's or mesh's statement about the client's certificate.",
  },
  {
    policy: "trustedProxyOnly",
    names:
      "x-amzn-oidc-* x-goog-authenticated-user-* x-goog-iap-* x-apigateway-api-userinfo x-endpoint-api-userinfo " +
      "x-ms-client-principal* x-ms-token-* x-auth-request-* x-authenticated-* x-remote-* x-webauth-* x-consumer-* " +
      "x-credential-* x-anonymous-consumer x-authentik-* x-pomerium-* x-vouch-* remote-user remote-name remote-email " +
      "remote-group remote-groups remote-addr http-remote-user tailscale-* teleport-* oidc-* shib-* x-shib-* sm-user " +
      "sm-userdn sm-universalid iv-user iv-user-l iv-groups iv-creds oam-remote-user x-userinfo x-jwt-assertion",
    why: "A login proxy's statement about the user.",
  },
  {
    policy: "trustedProxyOnly",
    names: "x-envoy-* x-istio-* x-original-* x-rewrite-url x-scheme x-url-scheme front-end-https",
    why: "A proxy's statement about the request and its route, or an instruction to a proxy.",
  },
]

/** The family of a lower-case name. Null: it is the application's own. */
export function familyOf(name: string): FieldFamily | null {
  const exact = byName.get(name)
  if (exact !== undefined) return exact
  return byPrefix.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null
}

/** True for a proxy's statement about the client. Name in lower case. */
export function isOfProxies(name: string): boolean {
  const family = familyOf(name) ?? familyOf(withHyphens(name))
  return name === "forwarded" || family?.policy === "trustedProxyOnly"
}

/** The problem with an entry of `--pass-header`, or null. */
export function passHeaderProblem(entry: string): string | null {
  const lower = entry.toLowerCase()
  if (!/^[0-9a-z_.-]+\*?$/.test(lower)) {
    return `"${entry}" is not a field name: expected a name such as x-forwarded-proto, or the beginning of names such as x-forwarded-*`
  }
  if (lower === "cookie") return `"${entry}" passes by a setting of its own: expected --pass-cookies on`
  if (lower === "x-forwarded-for" || lower === "forwarded")
    return `"${entry}" passes by a setting of its own: expected --trusted-proxies with your proxies, or with none if there is none`
  if (lower.endsWith("*")) return prefixProblem(entry, lower.slice(0, -1))
  if (Object.hasOwn(acted, lower)) return `"${entry}" cannot be passed as it is: the bridge acts on it (docs/fields.md)`
  const family = familyOf(lower) ?? familyOf(withHyphens(lower))
  if (family?.policy === "never") return `"${entry}" cannot be passed. ${family.why}`
  if (family === null || family.policy === "pass") return `"${entry}" is not dropped: it passes without this setting`
  return null
}

/** A warning for the operator about an entry of `--pass-header` that passes more than one family of fields, or null. */
export function passHeaderWarning(entry: string): string | null {
  if (!entry.endsWith("*")) return null
  const prefix = entry.slice(0, -1).toLowerCase()
  const passed = liftable.filter((name) => name.startsWith(prefix) && familyOf(name)?.policy === "trustedProxyOnly")
  if (passed.length < 2 || liftable.includes(`${prefix}*`)) return null
  const more = passed.length > 3 ? ` and ${passed.length - 3} more` : ""
  return `--pass-header ${entry} passes ${passed.slice(0, 3).join(", ")}${more}, which backends trust for the client's address and user; name only the fields that the backend needs, such as x-forwarded-proto or x-envoy-*`
}

function prefixProblem(entry: string, prefix: string): string | null {
  const isSome = liftable.some(
    (name) => name.startsWith(prefix) || (name.endsWith("*") && prefix.startsWith(name.slice(0, -1))),
  )
  if (isSome) return null
  const family = familyOf(prefix)
  if (family?.policy === "never") return `"${entry}" cannot be passed. ${family.why}`
  return `"${entry}" stands for no field that the bridge drops and may pass (docs/fields.md)`
}

const listed = families.flatMap((family) => family.names.split(" ").map((name) => [name, family] as const))
/** Names and prefixes that are dropped unless `--pass-header` names them. */
const liftable = listed
  .filter(([, { policy }]) => policy === "ofTheBrowser" || policy === "trustedProxyOnly")
  .map(([name]) => name)
const byName: ReadonlyMap<string, FieldFamily> = new Map(listed.filter(([name]) => !name.endsWith("*")))
const byPrefix = listed
  .filter(([name]) => name.endsWith("*"))
  .map(([name, family]) => [name.slice(0, -1), family] as const)
