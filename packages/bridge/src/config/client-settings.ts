import { duration, fieldNames, file, hostPort, onOff, orNull, originPatterns, trustedProxies } from "./kind.ts"
import type { SettingsOf } from "./setting.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

/** The settings of the port for clients, and of what passes between pages and backends. */
export const clientSettings: SettingsOf<
  | "listen"
  | "corsOrigins"
  | "corsCredentials"
  | "passCookies"
  | "passHeaders"
  | "trustedProxies"
  | "tlsCertFile"
  | "tlsKeyFile"
  | "keepAliveTimeoutMs"
> = {
  listen: {
    group: "Clients",
    flag: "listen",
    path: "listen",
    kind: hostPort,
    fallback: "127.0.0.1:8080",
    meaning:
      "Address for browsers: HTTP/1.1 and HTTP/2 on one port. Port 0 picks a free one; the bridge prints the address.",
    change: "To accept calls from other machines (0.0.0.0:8080, [::]:8080), or if the port is in use.",
    elsewhere: "Envoy: a listener's address.",
  },
  corsOrigins: {
    group: "Clients",
    flag: "cors-origin",
    path: "cors.origins",
    kind: originPatterns,
    fallback: [],
    meaning:
      "Origins whose pages may call, such as https://app.example, https://*.app.example, https://*-team.app.example, http://localhost:* or capacitor://localhost; * allows every origin except null. May be given several times. Without it only pages on localhost may call (including its subdomains, 127.0.0.1 and [::1]; http and https, any port).",
    change: "Always in production: list the origins of your pages.",
    elsewhere: "Envoy: CorsPolicy.allow_origin_string_match.",
  },
  corsCredentials: {
    group: "Clients",
    flag: "cors-credentials",
    path: "cors.credentials",
    kind: onOff,
    fallback: false,
    meaning:
      "Pages of the origins of --cors-origin may call with credentials (fetch with credentials: include), so that browsers send and store cookies and present client certificates. Then every origin must be written out: neither * nor null.",
    change: "If pages of another origin sign in by cookie. The bridge passes cookies on only with --pass-cookies.",
    elsewhere: "Envoy: CorsPolicy.allow_credentials.",
  },
  passCookies: {
    group: "Clients",
    flag: "pass-cookies",
    path: "pass.cookies",
    kind: onOff,
    fallback: false,
    meaning:
      "The request's cookie goes to the backend, and set-cookie in the backend's response head goes to the browser. A page of another site cannot abuse a user's cookies this way (CSRF): the content types of gRPC-Web make browsers send a preflight first, and only origins of --cors-origin are allowed. Every page of those origins acts as the user.",
    change: "If the backend reads cookies. Tokens in the authorization field need no setting.",
    elsewhere: "Envoy and nginx pass cookies by default.",
  },
  passHeaders: {
    group: "Clients",
    flag: "pass-header",
    path: "pass.headers",
    kind: fieldNames,
    fallback: [],
    meaning:
      "Request fields that go to the backend although they are dropped by default: a name such as x-forwarded-proto, or the beginning of names such as x-envoy-*. Fields in which a login proxy or a mesh describes the client and its user are dropped by default, since any client could send them. With --trusted-proxies such a field is accepted only from those proxies. May be given several times. The table of all fields is docs/fields.md.",
    change:
      "If the backend needs fields that a proxy before the bridge writes. Then make sure that clients cannot bypass that proxy, or name it in --trusted-proxies.",
    elsewhere: "Envoy: internal_only_headers and header sanitizing; nginx: proxy_pass_request_headers.",
  },
  trustedProxies: {
    group: "Clients",
    flag: "trusted-proxies",
    path: "trusted-proxies",
    kind: trustedProxies,
    fallback: [],
    meaning:
      "Proxies before the bridge, as CIDR ranges or the words loopback (127.0.0.0/8, ::1) and private (10/8, 172.16/12, 192.168/16, fc00::/7). Their x-forwarded-for (or forwarded) names the client. The log shows that address, and the backend gets it in x-forwarded-for. The word none means that there is no proxy before the bridge: the backend gets the address of the connection. May be given several times. Without it the backend gets no address.",
    change:
      "If the backend, the log or limits per client need the client's address. List only proxies: every address in the list can claim to speak for any client.",
    elsewhere: "Envoy: use_remote_address with original IP detection (xff_trusted_cidrs); nginx: set_real_ip_from.",
  },
  tlsCertFile: {
    group: "Clients",
    flag: "tls-cert",
    path: "tls.cert",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate that browsers get, with its chain. With it the port accepts only TLS.",
    change:
      "If nothing before the bridge terminates TLS. Browsers use HTTP/2 only over TLS; without it they open at most six connections.",
    elsewhere: "Envoy: tls_certificates.certificate_chain.",
  },
  tlsKeyFile: {
    group: "Clients",
    flag: "tls-key",
    path: "tls.key",
    kind: orNull(file, "none"),
    fallback: null,
    meaning: "PEM file of the certificate's private key.",
    change: "Together with the certificate.",
    elsewhere: "Envoy: tls_certificates.private_key.",
  },
  keepAliveTimeoutMs: {
    group: "Clients",
    flag: "keep-alive-timeout",
    path: "timeouts.keep-alive",
    kind: duration(1, day),
    fallback: 65 * second,
    meaning: "How long a client's connection stays open between calls.",
    change:
      "Keep it longer than the idle timeout of a load balancer before the bridge (often 60 s). Otherwise calls fail now and then.",
    elsewhere: "Envoy: common_http_protocol_options.idle_timeout (1 h); Node: server.keepAliveTimeout.",
  },
}
