/** Fields of a backend's answer that are not passed to the page. */
export interface ReplyFieldFamily {
  /** Lower case, separated by blanks. A name that ends in `*` is a prefix. */
  readonly names: string
  readonly why: string
}

/** All families of dropped fields. All other fields are the application's metadata, and pass. */
export const replyFamilies: readonly ReplyFieldFamily[] = [
  {
    names: "grpc-status grpc-message x-causeway-reason",
    why: "Read or set by the bridge, which writes them anew.",
  },
  {
    names:
      "connection keep-alive proxy-connection transfer-encoding upgrade http2-settings te trailer date server age via " +
      "content-*",
    why: "For the hop between backend and bridge.",
  },
  {
    names: "endpoint-load-metrics endpoint-load-metrics-bin",
    why: "A backend's statement about its load, for the balancer (ORCA, gRFC A51). A page could see how busy each backend is.",
  },
  {
    names: "set-cookie",
    why: "Affects the whole origin of the bridge. With `--pass-cookies on` it passes in a head, never in trailers.",
  },
  {
    names:
      "set-cookie2 clear-site-data strict-transport-security alt-svc refresh location link nel report-to " +
      "reporting-endpoints www-authenticate proxy-authenticate cross-origin-* access-control-* timing-allow-origin " +
      "permissions-policy feature-policy document-policy referrer-policy x-frame-options x-xss-protection " +
      "x-dns-prefetch-control origin-agent-cluster origin-trial service-worker-allowed sourcemap x-sourcemap accept-ch " +
      "critical-ch no-vary-search speculation-rules expect-ct public-key-pins supports-loading-mode set-login " +
      "observe-browsing-topics use-as-dictionary attribution-reporting-register-source " +
      "attribution-reporting-register-trigger activate-storage-access integrity-policy integrity-policy-report-only " +
      "secure-session-registration secure-session-challenge sec-session-registration sec-session-challenge " +
      "require-document-policy",
    why: "Changes the browser's behaviour for the whole origin of the bridge, which a backend must not decide.",
  },
  {
    names:
      "vary cache-control pragma expires etag last-modified x-content-type-options cdn-cache-control " +
      "surrogate-control surrogate-key edge-control",
    why: "Instructs caches and the browser about an answer that the bridge writes.",
  },
  {
    names: "x-accel-* x-sendfile x-lighttpd-send-file x-litespeed-location x-envoy-*",
    why: "Instructs a proxy before the bridge: to serve a file of its own (`x-accel-redirect`), or to take the bridge for unhealthy.",
  },
]
