import { randomUUID } from "node:crypto"
import { setTimeout as after } from "node:timers/promises"
import type { Admin } from "./admin/admin.ts"
import { startAdmin } from "./admin/admin.ts"
import type { Readiness } from "./admin/readiness-page.ts"
import { adminOf } from "./bridge-admin.ts"
import { addBridgeGauges } from "./bridge-gauges.ts"
import type { RenewedFiles } from "./certificates/renewal.ts"
import { CertificateRenewal } from "./certificates/renewal.ts"
import { ServerCertificate } from "./certificates/server-certificate.ts"
import { parseHostPort } from "./config/host-port.ts"
import type { HostPort } from "./config/host-port.ts"
import type { Config, ConfigInput } from "./config/schema.ts"
import { parseConfig } from "./config/check.ts"
import { BridgeError } from "./core/errors.ts"
import { FlushTurn } from "./core/flush-turn.ts"
import { StallClock } from "./core/stall-clock.ts"
import { combineObservers } from "./core/observer.ts"
import { connectionLimits } from "./downstream/connection-limits.ts"
import type { Listener } from "./downstream/listener.ts"
import { listen } from "./downstream/listener.ts"
import { keepFixed, needRestart } from "./fixed-settings.ts"
import { Fleet } from "./fleet/fleet.ts"
import { addFleetMetrics } from "./fleet/fleet-metrics.ts"
import { Generations } from "./generations.ts"
import type { AccessLog } from "./observe/access-log.ts"
import { createAccessLog } from "./observe/access-log.ts"
import type { Log } from "./observe/log.ts"
import { createEventObserver, createLog } from "./observe/events.ts"
import type { Metrics } from "./observe/metrics.ts"
import { createMetrics } from "./observe/metrics.ts"
import { maxOpenFiles } from "./downstream/open-files.ts"
import type { ConfigSource } from "./reload/config-reload.ts"
import { ConfigReload } from "./reload/config-reload.ts"
import { addRouteMetrics } from "./route-metrics.ts"
import { settlesWithin } from "./settles-within.ts"
import { warnAtStart } from "./start-warnings.ts"
import { connectByCodec } from "./upstream/http2-codec/connection.ts"
import { connectByNode } from "./upstream/http2-node/connection.ts"

/** A running bridge. */
export interface Bridge {
  /** `http://host:port` or `https://host:port`, with the actual port. */
  readonly address: string
  /** Address of the admin port (health, readiness, metrics). Null: there is none. */
  readonly adminAddress: string | null
  /** The configuration in force: that of the start, or the last one that was applied. */
  readonly config: Config
  /**
   * Reads the certificate files and the configuration file again, and reopens the access log's file. A file that cannot be used is
   * logged, and the old one stays in use.
   */
  reload(): Promise<void>
  /**
   * Uses this configuration for new calls. Open calls finish as they began, and upstreams that did not change keep their
   * connections. Returns the settings that differ and need a restart (the ports, for example): they stay as they are.
   * @throws {ConfigError} naming every problem, or the system's error when a file cannot be read, or an error once the bridge shuts
   * down; nothing has changed then
   */
  apply(input: ConfigInput): Promise<readonly string[]>
  /**
   * Stops the bridge in order. Readiness goes false. New calls are accepted for another `drainDelayMs` (default 0), then refused.
   * Open calls may finish within `graceMs` (default: the configuration's); calls that are still open end with UNAVAILABLE.
   * Resolves when every port is closed. Further calls return the same promise.
   */
  close(graceMs?: number, drainDelayMs?: number): Promise<void>
}

/** Parts that a caller may supply. */
export interface BridgeParts {
  /** Receives the bridge's events. Default: JSON lines on stderr. */
  readonly log?: Log
  /** The file of the configuration. It is read again when it changes, and by `reload`. Default: none. */
  readonly source?: ConfigSource | null
}

/** The phases of a bridge's life. */
type BridgeState =
  | { readonly kind: "starting" }
  | { readonly kind: "serving" }
  /** No longer ready, but still accepting calls: load balancers have time to send new calls elsewhere. */
  | { readonly kind: "leaving" }
  /** Refuses new calls; open calls may finish. */
  | { readonly kind: "draining" }

/** Time for clients to read the status of a call that the shutdown ended. */
const statusReadMs = 250

/**
 * Starts a bridge and connects to its backend before the first call. An unreachable backend is no error.
 * @throws {ConfigError} naming every problem; or the system's error when a port cannot be opened or a file cannot be read
 */
export async function createBridge(input: ConfigInput, parts: BridgeParts = {}): Promise<Bridge> {
  const config = parseConfig(input)
  const log = parts.log ?? createLog(config.logLevel)
  const running = new RunningBridge(config, log, parts.source ?? null)
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
  #inForce: Config
  readonly #log: Log
  readonly #source: ConfigSource | null
  #configReload: ConfigReload | null = null
  readonly #metrics: Metrics = createMetrics()
  #accessLog: AccessLog | null = null
  #fleet: Fleet | null = null
  #generations: Generations | null = null
  #listener: Listener | null = null
  #admin: Admin | null = null
  #certificates: CertificateRenewal | null = null
  #state: BridgeState = { kind: "starting" }
  #closed: Promise<void> | null = null
  /** Resolves when the last `apply` has ended. */
  #applied: Promise<void> = Promise.resolve()

  constructor(config: Config, log: Log, source: ConfigSource | null) {
    this.#config = config
    this.#inForce = config
    this.#log = log
    this.#source = source
  }

  get config(): Config {
    return this.#inForce
  }

  async start(): Promise<void> {
    const config = this.#config
    const certificate = await ServerCertificate.read(config.tlsCertFile, config.tlsKeyFile)
    this.#accessLog = createAccessLog(config.accessLog, (cause) =>
      this.#log.error("the access log cannot be written, and its lines are lost until it can; is the disk full?", {
        target: config.accessLog,
        cause,
      }),
    )
    const observer = combineObservers([
      this.#metrics.observer,
      createEventObserver(this.#log),
      ...(this.#accessLog === null ? [] : [this.#accessLog.observer]),
    ])
    const log = this.#log
    const turn = new FlushTurn()
    const connect = config.codec === "causeway" ? connectByCodec(turn) : connectByNode
    const fleet = new Fleet({ observer, log, connect, bridgeId: randomUUID() })
    this.#fleet = fleet
    const stalls = new StallClock(config)
    const isDraining = (): boolean => this.#state.kind === "draining"
    const generations = new Generations(fleet, { observer, isDraining, stalls, turn })
    this.#generations = generations
    const prepared = await generations.prepare(config)
    const limits = connectionLimits(config, maxOpenFiles())
    const listener = await listen({
      ...config,
      ...hostPort(config.listen),
      ...limits,
      tls: certificate?.pem ?? null,
      serve: generations.serve,
      stalls,
      observer,
    })
    this.#listener = listener
    this.address = listener.address
    prepared.commit()
    const renewed: RenewedFiles[] = certificate === null ? [] : [[certificate.renewedOn(listener), certificate.files]]
    const certificates = new CertificateRenewal(renewed, log)
    this.#certificates = certificates
    addBridgeGauges(this.#metrics.registry, {
      clusters: () => fleet.heldClusters,
      stalls,
      accessLog: this.#accessLog,
      certificates: {
        get refused() {
          return certificates.refused + fleet.refusedRenewals
        },
      },
      certificateEnd: certificate === null ? null : () => certificate.endsAtSeconds,
    })
    addFleetMetrics(this.#metrics.registry, () => fleet.upstreams)
    addRouteMetrics(this.#metrics.registry, () => generations.routes?.counts ?? [])
    if (this.#source !== null) this.#configReload = this.#watchConfig(this.#source)
    if (config.admin !== null) {
      const readiness = (): Readiness => this.#readiness()
      const parts = { readiness, metrics: this.#metrics, fleet, generations, certificates, observer, log }
      const pages = adminOf({ ...parts, configReload: this.#configReload })
      this.#admin = await startAdmin({ listen: config.admin, hosts: () => this.#inForce.adminHosts, ...pages })
      this.adminAddress = this.#admin.address
    }
    if (this.#state.kind === "starting") this.#state = { kind: "serving" }
    warnAtStart(this.#log, config, {
      maxConnections: limits.maxConnections,
      validityProblem: certificate?.validityProblem(Date.now()) ?? null,
    })
  }

  async reload(): Promise<void> {
    if (this.#closed !== null) return
    try {
      this.#accessLog?.reopen()
    } catch (cause) {
      this.#log.error("the access log cannot be reopened; its lines still go to the file that was open", {
        file: this.#config.accessLog,
        cause,
      })
    }
    await Promise.all([this.#certificates?.reload(), this.#fleet?.reload(), this.#configReload?.reload()])
    this.#log.info("reloaded the certificates and reopened the access log")
  }

  async apply(input: ConfigInput): Promise<readonly string[]> {
    const config = parseConfig(input)
    const { promise, resolve } = Promise.withResolvers<void>()
    const turn = this.#applied
    this.#applied = promise
    try {
      await turn // one at a time, in order
      const next = keepFixed(this.#config, config)
      const prepared = await this.#generations?.prepare(next)
      const { kind } = this.#state
      if (kind === "leaving" || kind === "draining")
        throw new Error("the bridge is shutting down, and takes no new configuration")
      prepared?.commit()
      this.#use(next)
      return needRestart(this.#config, config)
    } finally {
      resolve()
    }
  }

  /** The settings that belong to no generation. */
  #use(config: Config): void {
    this.#inForce = config
    this.#listener?.limit(connectionLimits(config, maxOpenFiles()))
    this.#log.setLevel?.(config.logLevel)
  }

  close(graceMs: number = this.#inForce.graceMs, drainDelayMs: number = 0): Promise<void> {
    this.#closed ??= this.#close(graceMs, drainDelayMs)
    return this.#closed
  }

  async #close(graceMs: number, drainDelayMs: number): Promise<void> {
    if (drainDelayMs > 0) {
      this.#state = { kind: "leaving" }
      await after(drainDelayMs)
    }
    this.#state = { kind: "draining" }
    this.#certificates?.close()
    this.#configReload?.close()
    if (this.#listener !== null) await this.#drain(this.#listener, graceMs)
    this.#fleet?.drain()
    this.#fleet?.destroy()
    await this.#admin?.close()
    await this.#accessLog?.close()
    this.#metrics.close()
  }

  async #drain(listener: Listener, graceMs: number): Promise<void> {
    const drained = listener.drain()
    if (await settlesWithin(drained, graceMs)) return
    const open = this.#generations?.endCalls(
      new BridgeError("shut-down", "The bridge shut down before this call was complete"),
    )
    this.#log.warn("the grace time is over: open calls were ended; raise --grace if they need longer", { calls: open })
    await settlesWithin(drained, statusReadMs)
    listener.destroy()
    await drained
  }

  #watchConfig(source: ConfigSource): ConfigReload {
    const { registry } = this.#metrics
    return new ConfigReload({ source, apply: (config) => this.apply(config), log: this.#log, registry })
  }

  #readiness(): Readiness {
    const { kind } = this.#state
    if (kind === "starting") return { ready: false, why: "starting" }
    if (kind !== "serving") return { ready: false, why: "draining: the bridge is shutting down" }
    const readiness = this.#fleet?.readiness ?? { ready: false, why: "starting" }
    const refusal = this.#configReload?.refusal ?? null
    return refusal === null
      ? readiness
      : { ...readiness, notes: [`the configuration file is not in force: ${refusal}`] }
  }
}

function hostPort(text: string): HostPort {
  const parsed = parseHostPort(text)
  if (parsed === null) throw new Error(`${text} is not host:port`) // unreachable: the configuration was checked
  return parsed
}
