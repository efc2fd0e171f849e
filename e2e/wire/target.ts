import type { Certificate } from "../../packages/bridge/test/support/certificate.ts"

/** The options of a proxy. All proxies have equal limits: 4 MiB for a message, and no route or idle timeout. */
export interface ProxyOptions {
  /** `http://host:port` (prior knowledge) or `https://host:port`. */
  readonly upstream: string
  /** The certificate authority that signed the backend's certificate. */
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
 * - `hints to intermediaries`: its answers ask other proxies not to buffer streams.
 */
export type Feature = "message limit" | "gRPC-Web alone" | "hints to intermediaries"

/** A kind of proxy from gRPC-Web to gRPC. */
export interface Target {
  readonly name: string
  readonly version: string
  /** The time limit of each case without its own, in milliseconds. */
  readonly patienceMs: number
  /** The features that this kind of proxy does not claim to have. */
  readonly lacks: readonly Feature[]
  /** Starts a proxy. Resolves when it accepts calls. */
  start(options: ProxyOptions): Promise<Proxy>
}

/** The only origin that every target allows. */
export const allowedOrigin = "https://app.example"
