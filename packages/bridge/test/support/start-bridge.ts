import { expect } from "vitest"
import type { CallRecord } from "../../src/core/call-record.ts"
import type { BridgeError } from "../../src/core/errors.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import type {
  ConnectionFailure,
  ConnectionRefusal,
  MirrorOutcome,
  Observer,
  SessionEnd,
} from "../../src/core/observer.ts"
import type { StallLimits } from "../../src/core/stall-clock.ts"
import { FlushTurn } from "../../src/core/flush-turn.ts"
import { StallClock } from "../../src/core/stall-clock.ts"
import type { Upstream } from "../../src/core/upstream.ts"
import type { Listener, ListenerOptions } from "../../src/downstream/listener.ts"
import { listen } from "../../src/downstream/listener.ts"
import type { GenerationOptions } from "../../src/generation.ts"
import { createGeneration } from "../../src/generation.ts"
import { createBalancer } from "../../src/upstream/balancing/balancer.ts"
import type { ClusterOptions } from "../../src/upstream/cluster-member.ts"
import { Cluster } from "../../src/upstream/cluster.ts"
import type { RouteConfig } from "../../src/routing/route-config.ts"
import { RouteCounters } from "../../src/routing/route-counts.ts"
import { routeToAll } from "../../src/routing/route-to-all.ts"
import type { ClusterMember } from "../../src/upstream/cluster-member.ts"
import { connectByCodec } from "../../src/upstream/http2-codec/connection.ts"
import { connectByNode } from "../../src/upstream/http2-node/connection.ts"
import type { BalancingConfig } from "../../src/upstream/upstream-config.ts"
import { upstreamTarget, usualTls } from "../../src/upstream/target.ts"
import { waitFor } from "./wait-for.ts"

/** Options of a test. The other limits are so high that no test reaches them by chance. */
export interface BridgeOptions
  extends
    Partial<Omit<ListenerOptions, "serve" | "turn" | "stalls" | "observer">>,
    Partial<GenerationOptions>,
    Partial<StallLimits>,
    Partial<ClusterOptions> {
  /** `http://host:port` or `https://host:port`. */
  readonly upstream: string
  /** Default: one that takes every call to the upstream `default`, which is the only one. */
  readonly routes?: readonly RouteConfig[]
  /** Further endpoints of the same upstream, written the same way. */
  readonly endpoints?: readonly string[]
  /** PEM of the backend's certificate authority. */
  readonly upstreamCa?: string
  /** PEM of the certificate that the backend is shown, and of its key. */
  readonly upstreamCertificate?: { readonly cert: string; readonly key: string }
  readonly upstreamServerName?: string
  /** A second upstream, named `mirror`, written the same way. */
  readonly mirrorTo?: string
  /** False: no connection to the backend is opened ahead of need. Default true. */
  readonly startsCluster?: boolean
  /** Default: the cluster's own. */
  readonly balancing?: BalancingConfig
  /** Called when a connection to a backend fails or is about to end. */
  readonly onTrouble?: () => void
  /** Wraps `serve`, to inject faults. */
  readonly wrapServe?: (serve: (exchange: Exchange) => void) => (exchange: Exchange) => void
  /** Wraps the cluster, to inject faults. */
  readonly wrapUpstream?: (cluster: Cluster) => Upstream
}

/** A defect that the bridge reported. */
export interface Crash {
  readonly where: string
  readonly cause: unknown
  readonly record: CallRecord | null
}

/** A bridge in this process, put together as `bridge.ts` does it. */
export interface Bridge {
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly cluster: Cluster
  /** The cluster of `mirrorTo`, or the only one. */
  readonly mirror: Cluster
  readonly stalls: StallClock
  /** Ends every open call. Returns their number. */
  endCalls(error: BridgeError): number
  /** Requests that have ended, in order of their ends. */
  readonly records: readonly CallRecord[]
  readonly crashes: readonly Crash[]
  /** `opened`, `closed` or `failed: …`, in order. */
  readonly sessionEvents: readonly string[]
  /** Changes of the health of endpoints, in order. */
  readonly health: readonly string[]
  /** Reasons of the ends of open connections to the backend, in order. */
  readonly sessionEnds: readonly string[]
  /** Those of unexpectedly lost ones. */
  readonly lostSessions: readonly string[]
  /** Connections to the bridge that were ever opened. */
  readonly accepted: number
  /** `upstream: outcome` of copies that have ended, in order. */
  readonly mirrored: readonly string[]
  /** Reasons of refused connections, in order. */
  readonly refusals: readonly ConnectionRefusal[]
  /** Reasons of connections that failed outside any call, in order. */
  readonly failures: readonly ConnectionFailure[]
  /** Everything that must return to zero. */
  gauges(): Gauges
  /** Begins to shut down: resolves when the last downstream connection has closed. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** Numbers that are zero without calls and connections. */
export interface Gauges {
  readonly calls: number
  readonly connections: number
  readonly queued: number
  readonly streams: number
  readonly stalls: number
}

/** Starts a bridge on a free port of the loopback interface. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const events = new RecordingObserver()
  const cluster = new Cluster(
    { ...clusterDefaults, ...options },
    createBalancer(options.balancing),
    events,
    options.onTrouble,
  )
  const target = upstreamTarget(options.upstream, {
    ...usualTls,
    ca: options.upstreamCa ?? null,
    certificate: options.upstreamCertificate ?? null,
    serverName: options.upstreamServerName ?? null,
  })
  const others = (options.endpoints ?? []).map(memberAt)
  cluster.setMembers([{ target, weight: 1, zone: null, priority: 0 }, ...others])
  if (options.startsCluster !== false) cluster.start()
  const mirror = options.mirrorTo === undefined ? cluster : startMirror(options.mirrorTo, options, events)
  const clusters = new Set([cluster, mirror])
  let isDraining = false
  const settings = { ...generationDefaults, ...options }
  const upstream = options.wrapUpstream?.(cluster) ?? cluster
  const stalls = new StallClock(settings)
  const shared = { observer: events, isDraining: () => isDraining, stalls, turn }
  const routes = options.routes ?? [routeToAll("default")]
  const { serve, endCalls } = createGeneration(
    settings,
    { configs: routes, counts: new RouteCounters().prepare(routes).counts },
    {
      upstreams: new Map<string, Upstream>([
        ["mirror", mirror],
        ["default", upstream],
      ]),
      configs: [],
    },
    shared,
  )
  const door = {
    ...listenerDefaults,
    ...options,
    turn,
    stalls,
    observer: events,
    serve: options.wrapServe?.(serve) ?? serve,
  }
  const listener = await listen(door)
  const { address } = listener
  return {
    address,
    port: Number(new URL(address).port),
    listener,
    cluster,
    mirror,
    stalls,
    endCalls,
    records: events.records,
    crashes: events.crashes,
    sessionEvents: events.sessions,
    sessionEnds: events.sessionEnds,
    lostSessions: events.lostSessions,
    health: events.health,
    mirrored: events.mirrored,
    get accepted() {
      return events.accepted
    },
    refusals: events.refusals,
    failures: events.failures,
    gauges: () => ({
      calls: events.calls,
      connections: listener.connections,
      queued: sumOf(clusters, ({ queued }) => queued),
      streams: sumOf(clusters, ({ streams }) => streams),
      stalls: stalls.size,
    }),
    drain() {
      isDraining = true
      return listener.drain()
    },
    async close() {
      const closed = listener.drain()
      listener.destroy()
      for (const one of clusters) {
        one.drain()
        one.destroy()
      }
      await closed
    },
  }
}

function startMirror(url: string, options: BridgeOptions, observer: Observer): Cluster {
  const cluster = new Cluster({ ...clusterDefaults, ...options, name: "mirror" }, createBalancer(undefined), observer)
  cluster.setMembers([memberAt(url)])
  cluster.start()
  return cluster
}

function sumOf(clusters: Iterable<Cluster>, count: (cluster: Cluster) => number): number {
  return [...clusters].reduce((sum, cluster) => sum + count(cluster), 0)
}

/** A member of a cluster without TLS. */
export function memberAt(url: string): ClusterMember {
  return { target: upstreamTarget(url), weight: 1, zone: null, priority: 0 }
}

/** Waits until every gauge is zero, after the test has closed its connections. Otherwise names the others. */
export async function expectAllZero(bridge: Bridge): Promise<void> {
  const isZero = (): boolean => Object.values(bridge.gauges()).every((value) => value === 0)
  await waitFor(isZero).catch(() => undefined)
  expect(bridge.gauges()).toEqual({ calls: 0, connections: 0, queued: 0, streams: 0, stalls: 0 })
}

const generationDefaults: GenerationOptions & StallLimits = {
  corsOrigins: ["https://app.example"],
  corsCredentials: false,
  passCookies: false,
  passHeaders: [],
  trustedProxies: [],
  maxHeadBytes: 16_384,
  maxRequestMessageBytes: 4_194_304,
  maxReplyMessageBytes: 4_194_304,
  stallTimeoutMs: 60_000,
  maxBufferedBytes: 268_435_456,
}

export const codec: "causeway" | "node" = process.env["CAUSEWAY_CODEC"] === "causeway" ? "causeway" : "node"
/** How pipelined requests are answered: node:http hands over several at once, our codec one after the other. */
export const pipelining: "at once" | "one by one" = codec === "node" ? "at once" : "one by one"

/** The pumps of all bridges, and their connections to backends, write at the end of one turn. */
const turn = new FlushTurn()

/** Zero patience: a test with a backend that is down need not wait. */
export const clusterDefaults: ClusterOptions = {
  name: "default",
  connect: codec === "causeway" ? connectByCodec(turn) : connectByNode,
  connectTimeoutMs: 5_000,
  maxSessions: 16,
  maxQueued: 1_024,
  maxCallsPerClient: null,
  patienceMs: 0,
}

const listenerDefaults: Omit<ListenerOptions, "serve" | "turn" | "stalls" | "observer"> = {
  host: "127.0.0.1",
  port: 0,
  tls: null,
  headTimeoutMs: 10_000,
  keepAliveTimeoutMs: 60_000,
  maxHeadBytes: 16_384,
  maxConnections: 10_000,
  maxConnectionsPerAddress: Infinity,
  isShared: () => false,
  maxConcurrentStreams: 256,
  codec,
}

/** Records the events, and counts open requests and connections. */
class RecordingObserver implements Observer {
  readonly records: CallRecord[] = []
  readonly crashes: Crash[] = []
  readonly sessions: string[] = []
  readonly sessionEnds: string[] = []
  readonly lostSessions: string[] = []
  readonly health: string[] = []
  readonly refusals: ConnectionRefusal[] = []
  readonly failures: ConnectionFailure[] = []
  readonly exhaustions: string[] = []
  readonly mirrored: string[] = []
  accepted = 0
  calls = 0

  callStarted(): void {
    this.calls++
  }

  callEnded(record: CallRecord): void {
    this.calls--
    this.records.push(record)
  }

  connectionOpened(): void {
    this.accepted++
  }

  connectionClosed(): void {}

  connectionRefused(why: ConnectionRefusal): void {
    this.refusals.push(why)
  }

  connectionFailed(reason: ConnectionFailure): void {
    this.failures.push(reason)
  }

  descriptorsExhausted(code: string): void {
    this.exhaustions.push(code)
  }

  sessionOpened(): void {
    this.sessions.push("opened")
  }

  sessionClosed(_upstream: string, { why, cause }: SessionEnd): void {
    this.sessions.push("closed")
    this.sessionEnds.push(why)
    if (cause !== null) this.lostSessions.push(why)
  }

  endpointHealthChanged(_upstream: string, _endpoint: string, isHealthy: boolean, why: string): void {
    this.health.push(`${isHealthy ? "healthy" : "unhealthy"}: ${why}`)
  }

  nameFailed(_upstream: string, address: string, why: string): void {
    this.sessions.push(`unresolved: ${address} ${why}`)
  }

  sessionFailed(_upstream: string, { cause }: SessionEnd): void {
    this.sessions.push(`failed: ${cause?.message}`)
  }

  mirrorStarted(): void {}

  mirrorEnded(upstream: string, outcome: MirrorOutcome): void {
    this.mirrored.push(`${upstream}: ${outcome}`)
  }

  crashed(where: string, cause: unknown, record: CallRecord | null): void {
    this.crashes.push({ where, cause, record })
  }
}
