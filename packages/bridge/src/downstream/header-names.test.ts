import { describe, expect, it } from "vitest"
import type { HeaderNameOptions } from "./header-names.ts"
import { HeaderNames } from "./header-names.ts"
import { families } from "./request-fields.ts"

const strict: HeaderNameOptions = { passHeaders: [], passCookies: false, hasProxies: false }

function treatment(name: string, options: Partial<HeaderNameOptions> = {}): string {
  return new HeaderNames({ ...strict, ...options }).lookUp(name).treatment
}

describe("fields that only a proxy may set", () => {
  const forged = [
    ...[
      "x-forwarded-client-cert",
      "X-Forwarded-User",
      "x-forwarded-host",
      "x-forwarded-proto",
      "x-envoy-peer-metadata",
    ],
    ...[
      "true-client-ip",
      "cf-connecting-ip",
      "cf-access-jwt-assertion",
      "fastly-client-ip",
      "x-client-ip",
      "x-real-ip",
    ],
    ...[
      "x-cluster-client-ip",
      "x-original-url",
      "x-amzn-oidc-identity",
      "x-amzn-mtls-clientcert",
      "l5d-client-id",
      "via",
    ],
    ...["x-goog-authenticated-user-email", "x-goog-iap-jwt-assertion", "x-ms-client-principal", "x-auth-request-user"],
    ...[
      "x-remote-user",
      "remote-user",
      "x-webauth-user",
      "x-ssl-client-cert",
      "ssl-client-cert",
      "x-client-cert",
      "client-cert",
    ],
    ...[
      "x-spiffe-id",
      "x-envoy-external-address",
      "x_forwarded_user",
      "X.Remote.User",
      "remote_user",
      "x-ms-client-principal-id",
    ],
  ]

  const ofRarerProxies =
    "x-forwarded forwarded-for x-forward-for x-true-client-ip http-client-ip proxy-client-ip wl-proxy-client-ip " +
    "WL-Proxy-Client-Cert x-proxyuser-ip x-azure-fdid incap-client-ip x-sucuri-clientip do-connecting-ip ali-cdn-real-ip " +
    "iv-user IV_CREDS SM_USER sm-userdn oidc-access-token OIDC_id_token oidc-claim-sub tailscale-app-capabilities " +
    "teleport-jwt-assertion x-userinfo x-jwt-assertion http_remote_user x-shib-user x-client-s-dn " +
    "x-peer-certificate sslclientcertsubject spiffe-id x-amzn-tls-version x-amzn-vpce-id x-kuma-forward-client-cert " +
    "oam-remote-user"

  it.each([...forged, ...ofRarerProxies.split(" ")])("are dropped: %s", (name) => expect(treatment(name)).toBe("drop"))

  it.each([
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-request-id",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
  ])("do not include the trace that a page may begin: %s", (name) => expect(treatment(name)).toBe("pass"))

  it.each([
    "authorization",
    "x-client-version",
    "x-client-info",
    "x-goog-api-key",
    "x-user-id",
    "remote-config",
    "x-api-key",
  ])("do not include an application's own field: %s", (name) => expect(treatment(name)).toBe("pass"))

  it("pass when the setting lists them, by name or by prefix, and no others do", () => {
    const passHeaders = ["X-Forwarded-Proto", "x-envoy-*"]
    expect(treatment("X-FORWARDED-PROTO", { passHeaders })).toBe("pass")
    expect(treatment("x-envoy-anything", { passHeaders })).toBe("pass")
    for (const name of ["x-forwarded-user", "x-envoy", "via", "x_forwarded_proto"])
      expect(treatment(name, { passHeaders })).not.toBe("passFromProxy")
    expect(treatment("x-forwarded-user", { passHeaders })).toBe("drop")
    expect(treatment("x_forwarded_proto", { passHeaders })).toBe("drop")
  })

  it("pass only from trusted proxies if any are configured; fields of the browser pass from everyone", () => {
    const options = { passHeaders: ["x-forwarded-*", "referer"], hasProxies: true }
    expect(treatment("x-forwarded-user", options)).toBe("passFromProxy")
    expect(treatment("referer", options)).toBe("pass")
  })

  it("are listed once: no name is in two families, and each family has a reason", () => {
    const names = families.flatMap((family) => family.names.split(" "))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+\*?$/)
    for (const { why } of families) expect(why).toMatch(/\.$/)
  })
})

describe("fields that no setting can pass", () => {
  it.each([
    "te",
    "connection",
    "grpc-status",
    "grpc-internal-x",
    "transfer-encoding",
    "content-length",
    "x-forwarded-for",
    "accept-encoding",
  ])("%s", (name) => expect(treatment(name, { passHeaders: [name, `${name.slice(0, 2)}*`] })).not.toMatch(/^pass/))
})

describe("the cache of names", () => {
  it("keeps its decisions, and is emptied after a thousand names", () => {
    const names = new HeaderNames(strict)
    const first = names.lookUp("X-Mine")
    for (let i = 0; i < 900; i++) names.lookUp(`x-stranger-${i}`)
    expect(names.lookUp("X-Mine")).toBe(first)
    for (let i = 900; i < 1_100; i++) names.lookUp(`x-stranger-${i}`)
    expect(names.lookUp("X-Mine")).not.toBe(first)
    expect(names.lookUp("X-Mine")).toEqual(first)
  })

  it("does not keep names longer than usual ones", () => {
    const names = new HeaderNames(strict)
    const long = `x-${"a".repeat(64)}`
    expect(names.lookUp(long)).not.toBe(names.lookUp(long))
  })
})
