import type { Certificate } from "../../packages/bridge/test/support/certificate.ts"

/** What a proxy is started with. The limits are the same for all: 4 MiB a message, no timeout of a route or of idling. */
export interface ProxyOptions {
  /** `http://host:port` (prior knowledge) or `https://host:port`. */
  readonly upstream: string
  /** The authority that the backend's certificate is checked against. */
  readonly upstreamCa?: Certificate
}

/** A running proxy. */
export interface Proxy {
  /** `http://127.0.0.1:port`. */
  readonly address: string
  close(): Promise<void>
}

/**
 * A feature that not every proxy claims to have:
 * - `message limit`: it limits the size of a message.
 * - `gRPC-Web alone`: it serves gRPC-Web and refuses every other request.
 * - `words to intermediaries`: its answers ask other proxies not to buffer streams.
 */
export type Feature = "message limit" | "gRPC-Web alone" | "words to intermediaries"

/** A kind of proxy from gRPC-Web to gRPC. */
export interface Target {
  readonly name: string
  readonly version: string
  /** Bounds each case that names no time of its own. Milliseconds. */
  readonly patienceMs: number
  /** Of what a case may need, what this kind of proxy does not claim to have. */
  readonly lacks: readonly Feature[]
  /** Starts one; resolves when it takes calls. */
  start(options: ProxyOptions): Promise<Proxy>
}

/** The one origin whose pages may call, at every target. */
export const allowedOrigin = "https://app.example"
