import { readFile } from "node:fs/promises"
import type { Admin } from "./admin/admin.ts"
import { startAdmin } from "./admin/admin.ts"
import { parseHostPort } from "./config/host-port.ts"
import type { HostPort } from "./config/host-port.ts"
import type { Config, ConfigInput } from "./config/schema.ts"
import { parseConfig } from "./config/check.ts"
import { BridgeError } from "./core/errors.ts"
import { combineObservers } from "./core/observer.ts"
import { connectionLimits } from "./downstream/connection-limits.ts"
import type { Listener } from "./downstream/listener.ts"
import { listen } from "./downstream/listener.ts"
import type { Generation } from "./generation.ts"
import { createGeneration } from "./generation.ts"
import type { AccessLog } from "./observe/access-log.ts"
import { createAccessLog } from "./observe/access-log.ts"
import type { Log } from "./observe/events.ts"
import { createEventObserver, createLog } from "./observe/events.ts"
import type { Metrics } from "./observe/metrics.ts"
import { createMetrics } from "./observe/metrics.ts"
import { maxOpenFiles } from "./downstream/open-files.ts"
import { Cluster } from "./upstream/cluster.ts"
import { upstreamTarget } from "./upstream/target.ts"

/** A running bridge. */
export interface Bridge {
  /** `http://host:port` or `https://host:port`, with the port that was picked. */
  readonly address: string
  /** Of health, readiness and metrics; null: none. */
  readonly adminAddress: string | null
  /**
   * Stops: readiness goes false, no new calls are taken, open calls may finish within `graceMs` (default: the configuration's);
   * what is open then is ended with UNAVAILABLE. Resolves when no port is open. Further calls give the same promise.
   */
  close(graceMs?: number): Promise<void>
}

/** What a bridge takes from its surroundings. */
export interface BridgeParts {
  /** Takes events; default: JSON lines on stderr. */
  readonly log?: Log
}

/** How long clients may take to read the status of a call that was ended for them. */
const lastWordsMs = 250

/**
 * Starts a bridge and connects to its backend ahead of need; a backend that is not there yet is no error.
 * @throws {ConfigError} naming every problem; or the system's error when a port cannot be opened or a file not be read
 */
export async function createBridge(input: ConfigInput, parts: BridgeParts = {}): Promise<Bridge> {
  const config = parseConfig(input)
  const log = parts.log ?? createLog(config.logLevel)
  const running = new RunningBridge(config, log)
  try {
    await running.start()
  } catch (cause) {
    await running.close(0)
    throw cause
  }
  return running
}

class RunningBridge implements Bridge {
  address = ""
  adminAddress: string | null = null
  readonly #config: Config
  readonly #log: Log
  readonly #metrics: Metrics = createMetrics()
  #accessLog: AccessLog | null = null
  #cluster: Cluster | null = null
  #generation: Generation | null = null
  #listener: Listener | null = null
  #admin: Admin | null = null
  #isDraining = false
  #closed: Promise<void> | null = null

  constructor(config: Config, log: Log) {
    this.#config = config
    this.#log = log
  }

  async start(): Promise<void> {
    const config = this.#config
    const [tls, ca] = await Promise.all([readTls(config), readOptional(config.upstreamCaFile)])
    this.#accessLog = createAccessLog(config.accessLog, (cause) =>
      this.#log.error("the access log cannot be written; calls go on without it", { cause }),
    )
    const observer = combineObservers([
      this.#metrics.observer,
      createEventObserver(this.#log),
      ...(this.#accessLog === null ? [] : [this.#accessLog.observer]),
    ])
    const cluster = new Cluster(upstreamTarget(config.upstream, ca), config, observer)
    const generation = createGeneration(config, cluster, observer, () => this.#isDraining)
    this.#cluster = cluster
    this.#generation = generation
    const limits = connectionLimits(config, maxOpenFiles())
    this.#tellLimits(limits.maxConnections)
    this.#listener = await listen({
      ...config,
      ...hostPort(config.listen),
      ...limits,
      tls,
      serve: generation.serve,
      observer,
    })
    this.address = this.#listener.address
    cluster.start()
    this.#addGauges(cluster, generation)
    if (config.admin !== null) {
      this.#admin = await startAdmin({
        listen: config.admin,
        metrics: () => this.#metrics.expose(),
        readiness: () => this.#readiness(),
        onCrash: (where, cause) => observer.crashed(where, cause, null),
      })
      this.adminAddress = this.#admin.address
    }
    this.#tellOrigins()
  }

  close(graceMs: number = this.#config.graceMs): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    this.#isDraining = true
    if (this.#listener !== null) await this.#drain(this.#listener, graceMs)
    this.#cluster?.drain()
    this.#cluster?.destroy()
    await this.#admin?.close()
    await this.#accessLog?.close()
    this.#metrics.close()
  }

  async #drain(listener: Listener, graceMs: number): Promise<void> {
    const drained = listener.drain()
    if (await settlesWithin(drained, graceMs)) return
    const open = this.#generation?.endCalls(
      new BridgeError("shut-down", "The bridge shut down before this call was complete"),
    )
    this.#log.warn("the grace time is over; open calls were ended", { calls: open })
    await settlesWithin(drained, lastWordsMs)
    listener.destroy()
    await drained
  }

  #readiness(): { ready: boolean; why: string } {
    if (this.#isDraining) return { ready: false, why: "draining: the bridge shuts down" }
    if (this.#cluster?.isReachable === true) return { ready: true, why: "" }
    return {
      ready: false,
      why: `no connection to the backend ${this.#config.upstream}: ${this.#cluster?.failure?.message ?? "connecting"}`,
    }
  }

  #addGauges(cluster: Cluster, generation: Generation): void {
    const { registry } = this.#metrics
    registry.gauge("causeway_upstream_streams", "Open streams to the backend.", () => cluster.streams)
    registry.gauge("causeway_upstream_queue", "Calls that wait for a stream to the backend.", () => cluster.queued)
    registry.readCounter(
      "causeway_access_log_dropped_total",
      "Lines of the access log that were lost because their target did not take them.",
      () => this.#accessLog?.dropped ?? 0,
    )
    registry.gauge(
      "causeway_stalled",
      "Directions of calls that wait for the other side to read.",
      () => generation.stalls.size,
    )
  }

  #tellLimits(maxConnections: number): void {
    if (maxConnections === this.#config.maxConnections) return
    this.#log.warn(
      "fewer connections are accepted than --max-connections says: the process may not open more files; raise ulimit -n, or lower --max-connections",
      { maxConnections: this.#config.maxConnections, accepted: maxConnections, maxOpenFiles: maxOpenFiles() },
    )
  }

  #tellOrigins(): void {
    if (this.#config.corsOrigins.length > 0) return
    this.#log.warn(
      "no origin is configured: only pages on http://localhost and http://127.0.0.1 may call; set --cors-origin",
    )
  }
}

async function readTls(config: Config): Promise<{ cert: string; key: string } | null> {
  if (config.tlsCertFile === null || config.tlsKeyFile === null) return null
  const [cert, key] = await Promise.all([readFile(config.tlsCertFile, "utf8"), readFile(config.tlsKeyFile, "utf8")])
  return { cert, key }
}

async function readOptional(path: string | null): Promise<string | null> {
  return path === null ? null : readFile(path, "utf8")
}

function hostPort(text: string): HostPort {
  const parsed = parseHostPort(text)
  if (parsed === null) throw new Error(`${text} is not host:port`) // the configuration was checked
  return parsed
}

/** Whether the promise settles within this time. */
async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const settled = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return settled
}
