import { choice, duration, hostNames, hostPort, lineTarget, orNull } from "./kind.ts"
import type { SettingsOf } from "./setting.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

/** The settings of the admin port, the logs, and the end of the process. */
export const operationSettings: SettingsOf<
  "admin" | "adminHosts" | "drainDelayMs" | "graceMs" | "accessLog" | "logLevel" | "codec"
> = {
  admin: {
    group: "Operation",
    flag: "admin",
    path: "admin.listen",
    kind: orNull(hostPort, "off"),
    fallback: "127.0.0.1:9901",
    meaning:
      "Address of the pages for operators and probes (/healthz, /readyz, /metrics, /upstreams, /routes), without TLS. With off they are not served.",
    change: "To let probes and Prometheus read it from other machines (0.0.0.0:9901). Never open it to the internet.",
    elsewhere: "Envoy: admin.address.",
  },
  adminHosts: {
    group: "Operation",
    flag: "admin-host",
    path: "admin.hosts",
    kind: hostNames,
    fallback: [],
    meaning:
      "Names under which the pages for operators (/metrics, /upstreams, /routes, /reload) may be used, besides IP addresses, localhost and names that no web site can have (without a dot, or ending in .svc, .local, .internal and the like). * allows every name. May be given several times. Other names are refused, because a web page can point its own name at this port and read the answers (DNS rebinding).",
    change: "If Prometheus uses a name of the public DNS for the admin port, and is answered 403.",
    elsewhere: "Webpack and Vite: allowedHosts.",
  },
  drainDelayMs: {
    group: "Operation",
    flag: "drain-delay",
    path: "timeouts.drain-delay",
    kind: orNull(duration(0, day), "auto"),
    fallback: null,
    meaning:
      "How long new calls are accepted after SIGTERM while /readyz already answers 503, so that load balancers send calls elsewhere before the port closes. auto is 5s if other machines can reach the admin port, and 0ms if it is on loopback or off. Ctrl-C does not wait.",
    change:
      "If your load balancer checks readiness less often than every two seconds: set more than twice its interval.",
    elsewhere: "Kubernetes: a preStop hook that sleeps; Envoy: /drain_listeners?graceful.",
  },
  graceMs: {
    group: "Operation",
    flag: "grace",
    path: "timeouts.grace",
    kind: duration(0, day),
    fallback: 20 * second,
    meaning:
      "Time limit for open calls after SIGTERM, SIGQUIT or Ctrl-C, once no new calls are accepted. Calls that are still open then are ended.",
    change:
      "Keep this and the drain delay together two seconds below the time after which your platform kills the process (Kubernetes: 30 s; docker stop: 10 s).",
    elsewhere: "Envoy: --drain-time-s (600).",
  },
  accessLog: {
    group: "Operation",
    flag: "access-log",
    path: "telemetry.access-log",
    kind: lineTarget,
    fallback: "stderr",
    meaning:
      "Destination of the access log, one line of JSON per call: stderr, off, or a file, to which lines are appended.",
    change: "If calls must be kept apart from events, or are already logged elsewhere.",
    elsewhere: "Envoy: access_log.",
  },
  logLevel: {
    group: "Operation",
    flag: "log-level",
    path: "telemetry.log-level",
    kind: choice(["debug", "info", "warn", "error"]),
    fallback: "info",
    meaning:
      "Minimum severity of the events that are logged to stderr: debug, info, warn or error. It does not affect the access log.",
    change: "debug while you look for a fault; warn if logs are costly.",
    elsewhere: "Envoy: --log-level; gRPC: GRPC_VERBOSITY.",
  },
  codec: {
    group: "Operation",
    flag: "codec",
    path: "codec",
    kind: choice(["causeway", "node"]),
    fallback: "node",
    meaning:
      "Implementation of HTTP, towards clients and towards backends: node is Node's own, causeway the bridge's own, which costs less CPU per call.",
    change: "causeway for less CPU; node if you suspect the other.",
    elsewhere: "Envoy: http1_protocol_options.use_balsa_parser chooses between two parsers.",
  },
}
