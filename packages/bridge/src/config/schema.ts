import type { LogLevel } from "../observe/events.ts"

/** A bridge's settings, checked, complete and frozen. Each is explained in `settings`, of which docs/settings.md is made. */
export interface Config {
  /** `http://host:port` (h2c with prior knowledge) or `https://host:port` (TLS, ALPN h2). */
  readonly upstream: string
  /** PEM file of the authorities to trust; null: Node's own. */
  readonly upstreamCaFile: string | null
  /** PEM file of the certificate that the backend is shown; null, the default: none. */
  readonly upstreamCertFile: string | null
  /** PEM file; set when `upstreamCertFile` is. */
  readonly upstreamKeyFile: string | null
  /** The name that the backend's certificate must be for; null, the default: the host of `upstream`. */
  readonly upstreamServerName: string | null
  /** For one connection to the backend. Default 5 s. */
  readonly connectTimeoutMs: number
  /** Connections to the backend. Default 16. */
  readonly maxSessions: number
  /** Calls that wait for a stream to the backend. Default 1024. */
  readonly maxQueued: number
  /** Open calls of one client address; null, the default: its share alone limits them. */
  readonly maxCallsPerClient: number | null
  /** `host:port`; port 0 picks a free one. Default `127.0.0.1:8080`. */
  readonly listen: string
  /** Origins whose pages may call. Empty, the default: pages on localhost, in every spelling. */
  readonly corsOrigins: readonly string[]
  /** Pages of those origins may call with credentials. Default false. */
  readonly corsCredentials: boolean
  /** `cookie` goes to the backend, `set-cookie` to the page. Default false. */
  readonly passCookies: boolean
  /** Request fields that go to the backend although they are dropped by default. Default none. */
  readonly passHeaders: readonly string[]
  /** Proxies before the bridge whose word about the client's address is believed. Empty, the default: none, and the backend is not told. */
  readonly trustedProxies: readonly string[]
  /** PEM file; null, the default: no TLS. */
  readonly tlsCertFile: string | null
  /** PEM file; set when `tlsCertFile` is. */
  readonly tlsKeyFile: string | null
  /** For a connection between calls. Default 65 s. */
  readonly keepAliveTimeoutMs: number
  /** Largest message of a request. Default 4 MiB. */
  readonly maxRequestMessageBytes: number
  /** Largest message of a reply. Default 4 MiB. */
  readonly maxReplyMessageBytes: number
  /** Largest request head. Default 16 KiB. */
  readonly maxHeadBytes: number
  /** For a request head to arrive. Default 10 s. */
  readonly headTimeoutMs: number
  /** For the other side to take what waits to be written. Default 300 s. */
  readonly stallTimeoutMs: number
  /** What may be held in memory for sides that do not read. Default 256 MiB. */
  readonly maxBufferedBytes: number
  /** Open client connections. Default 10000. */
  readonly maxConnections: number
  /** Open connections of one client address. Null, the default: a quarter of `maxConnections`, and no limit for loopback. */
  readonly maxConnectionsPerAddress: number | null
  /** Open calls on one HTTP/2 connection of a client. Default 256. */
  readonly maxConcurrentStreams: number
  /** `host:port` of health, readiness and metrics; null: nowhere. Default `127.0.0.1:9901`. */
  readonly admin: string | null
  /** Names under which metrics are read, beside those that no web site can have. Default none. */
  readonly adminHosts: readonly string[]
  /** For new calls once readiness has gone; null, the default: 5 s where other machines can reach `admin`, else 0. */
  readonly drainDelayMs: number | null
  /** For open calls once the bridge closes. Default 20 s. */
  readonly graceMs: number
  /** `stderr` or a file's path; null: nowhere. Default `stderr`. */
  readonly accessLog: string | null
  /** Default `info`. */
  readonly logLevel: LogLevel
}

/** What code gives: the backend, and what should differ from the defaults. */
export type ConfigInput = Pick<Config, "upstream"> & Partial<Omit<Config, "upstream">>

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** What the reader set: a flag, a variable, or a field's path. */
  readonly name: string
  /** What was received and what is expected. */
  readonly message: string
}
