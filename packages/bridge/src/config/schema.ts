import type { RouteConfig } from "../routing/route-config.ts"
import type { EndpointConfig, UpstreamConfig } from "../upstream/upstream-config.ts"
import type { LogLevel } from "../observe/log.ts"

/** A bridge's configuration: checked, complete and frozen. */
export interface Config extends BridgeSettings {
  /** The backends. At least one; `--upstream` alone makes one with the name `default`. */
  readonly upstreams: readonly UpstreamConfig[]
  /** The first route that matches takes a call. `--upstream` alone makes one with the name `default`, for every call. */
  readonly routes: readonly RouteConfig[]
}

/** The settings with a flag. `settings` explains each of them, and docs/settings.md is made from it. */
export interface BridgeSettings {
  /** The only backend: `http://host:port` (h2c with prior knowledge) or `https://host:port` (TLS, ALPN h2). Null: `upstreams`. */
  readonly upstream: string | null
  /** PEM file of the trusted authorities. Null: Node's own list. */
  readonly upstreamCaFile: string | null
  /** PEM file of the certificate that the backend gets. Null (the default): none. */
  readonly upstreamCertFile: string | null
  /** PEM file of its key. Set if `upstreamCertFile` is set. */
  readonly upstreamKeyFile: string | null
  /** The name that the backend's certificate must be for. Null (the default): the host of `upstream`. */
  readonly upstreamServerName: string | null
  /** Time limit for one connection to the backend. Default 5 s. */
  readonly connectTimeoutMs: number
  /** Limit of connections to the backend. Default 16. */
  readonly maxSessions: number
  /** Limit of calls that wait for a stream to the backend. Default 1024. */
  readonly maxQueued: number
  /** Limit of open calls of one client address. Null (the default): only its share limits them. */
  readonly maxCallsPerClient: number | null
  /** `host:port`. Port 0 picks a free one. Default `127.0.0.1:8080`. */
  readonly listen: string
  /** Origins whose pages may call. Empty (the default): pages on localhost, in every spelling. */
  readonly corsOrigins: readonly string[]
  /** Pages of those origins may call with credentials. Default false. */
  readonly corsCredentials: boolean
  /** `cookie` goes to the backend, and `set-cookie` to the page. Default false. */
  readonly passCookies: boolean
  /** Request fields that go to the backend although they are dropped by default. Default none. */
  readonly passHeaders: readonly string[]
  /** Proxies whose statements about the client's address are trusted. Default: none; the backend then gets no address. */
  readonly trustedProxies: readonly string[]
  /** PEM file of the certificate that clients get. Null (the default): no TLS. */
  readonly tlsCertFile: string | null
  /** PEM file of its key. Set if `tlsCertFile` is set. */
  readonly tlsKeyFile: string | null
  /** How long a connection stays open between calls. Default 65 s. */
  readonly keepAliveTimeoutMs: number
  /** Largest message of a request. Default 4 MiB. */
  readonly maxRequestMessageBytes: number
  /** Largest message of a reply. Default 4 MiB. */
  readonly maxReplyMessageBytes: number
  /** Largest request head. Default 16 KiB. */
  readonly maxHeadBytes: number
  /** Time limit for a request head to arrive. Default 10 s. */
  readonly headTimeoutMs: number
  /** Time limit for the other side to read waiting data. Default 300 s. */
  readonly stallTimeoutMs: number
  /** Limit of the memory held for sides that do not read. Default 256 MiB. */
  readonly maxBufferedBytes: number
  /** Limit of open client connections. Default 10000. */
  readonly maxConnections: number
  /**
   * Limit of open connections of one client address. Null (the default): a quarter of `maxConnections`, and no limit for
   * loopback.
   */
  readonly maxConnectionsPerAddress: number | null
  /** Limit of open calls on one HTTP/2 connection of a client. Default 256. */
  readonly maxConcurrentStreams: number
  /** `host:port` of health, readiness and metrics. Null: they are not served. Default `127.0.0.1:9901`. */
  readonly admin: string | null
  /** Names under which metrics may be read, besides names that no web site can have. Default none. */
  readonly adminHosts: readonly string[]
  /**
   * How long new calls are accepted once readiness has ended. Null (the default): 5 s if other machines can reach `admin`, else
   * 0.
   */
  readonly drainDelayMs: number | null
  /** Time limit for open calls once the bridge closes. Default 20 s. */
  readonly graceMs: number
  /** `stderr` or a file's path. Null: no access log. Default `stderr`. */
  readonly accessLog: string | null
  /** Default `info`. */
  readonly logLevel: LogLevel
  /** Implementation of HTTP. Default node. */
  readonly codec: "causeway" | "node"
}

/** A configuration in code: `upstream` or `upstreams`, and every setting that differs from its default. */
export interface ConfigInput extends Partial<BridgeSettings> {
  readonly upstreams?: readonly UpstreamInput[]
  /** Without them, the only upstream takes every call. */
  readonly routes?: readonly RouteInput[]
}

/** An upstream in code. */
export type UpstreamInput = Pick<UpstreamConfig, "name"> &
  Partial<Sparse<Omit<UpstreamConfig, "name" | "endpoints">>> & {
    readonly endpoints: readonly (string | (Pick<EndpointConfig, "address"> & Partial<EndpointConfig>))[]
  }

/** A route in code. */
export type RouteInput = Pick<RouteConfig, "name" | "action"> & Sparse<Omit<RouteConfig, "name" | "action">>

/** Every field of every object may be left out. Lists and unions are whole. */
type Sparse<T> = { readonly [Key in keyof T]?: T[Key] extends Whole ? T[Key] : Sparse<T[Key]> }

type Whole = string | number | boolean | null | readonly unknown[] | { readonly kind: string }

/** One problem of a configuration. */
export interface ConfigProblem {
  /** `file:line:column`, for a problem in a file. */
  readonly at?: string
  /** The place of the problem: a flag, a variable, or a field's path. */
  readonly name: string
  /** What was received and what is expected. */
  readonly message: string
}
