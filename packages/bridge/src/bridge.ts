import { randomUUID } from "node:crypto"
import { setTimeout as after } from "node:timers/promises"
import type { Admin } from "./admin/admin.ts"
import { startAdmin } from "./admin/admin.ts"
import type { Readiness } from "./admin/readiness-page.ts"
import { adminOf } from "./bridge-admin.ts"
import { addBridgeMetrics } from "./bridge-metrics.ts"
import type { BridgeState } from "./bridge-state.ts"
import { isClosing, readinessIn } from "./bridge-state.ts"
import type { RenewedFiles } from "./certificates/renewal.ts"
import { CertificateRenewal } from "./certificates/renewal.ts"
import { ServerCertificate } from "./certificates/server-certificate.ts"
import { parseHostPort } from "./config/host-port.ts"
import type { HostPort } from "./config/host-port.ts"
import type { Config, ConfigInput } from "./config/schema.ts"
import { parseConfig } from "./config/check.ts"
import { ConfigInForce } from "./config-in-force.ts"
import { BridgeError } from "./core/errors.ts"
import { FlushTurn } from "./core/flush-turn.ts"
import { StallClock } from "./core/stall-clock.ts"
import { combineObservers } from "./core/observer.ts"
import { connectionLimits } from "./downstream/connection-limits.ts"
import type { Listener } from "./downstream/listener.ts"
import { listen } from "./downstream/listener.ts"
import { Fleet } from "./fleet/fleet.ts"
import type { PreparedGeneration } from "./generations.ts"
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
  readonly #inForce: ConfigInForce
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

  constructor(config: Config, log: Log, source: ConfigSource | null) {
    this.#config = config
    this.#log = log
    this.#source = source
    this.#inForce = new ConfigInForce(config, {
      log,
      isClosing: () => isClosing(this.#state),
      prepare: (next) => this.#prepare(next),
      use: (next) => this.#use(next),
    })
  }

  get config(): Config {
    return this.#inForce.current
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
      turn,
      stalls,
      observer,
    })
    this.#listener = listener
    this.address = listener.address
    prepared.commit()
    const renewed: RenewedFiles[] = certificate === null ? [] : [[certificate.renewedOn(listener), certificate.files]]
    const certificates = new CertificateRenewal(renewed, log)
    this.#certificates = certificates
    const measured = { fleet, generations, stalls, certificates, certificate, accessLog: this.#accessLog }
    addBridgeMetrics(this.#metrics.registry, measured)
    if (this.#source !== null) this.#configReload = this.#watchConfig(this.#source)
    if (config.admin !== null) {
      const readiness = (): Readiness => this.#readiness()
      const parts = { readiness, metrics: this.#metrics, fleet, generations, certificates, observer, log }
      const pages = adminOf({ ...parts, configReload: this.#configReload })
      this.#admin = await startAdmin({ listen: config.admin, hosts: () => this.#inForce.current.adminHosts, ...pages })
      this.adminAddress = this.#admin.address
    }
    if (this.#state.kind === "starting") this.#state = { kind: "serving" }
    this.#inForce.warnAtStart()
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
    const { needRestart } = await this.#inForce.apply(input)
    return needRestart
  }

  async #prepare(config: Config): Promise<PreparedGeneration> {
    if (this.#generations === null) throw new Error("a bridge that has not started takes no new configuration")
    return this.#generations.prepare(config)
  }

  /** Puts settings to use that belong to no generation, once the generation of `config` has taken over. */
  #use(config: Config): void {
    this.#listener?.limit(connectionLimits(config, maxOpenFiles()))
    this.#log.setLevel?.(config.logLevel)
    this.#metrics.keepUpstreams(this.#fleet?.heldNames ?? [])
  }

  close(graceMs: number = this.#inForce.current.graceMs, drainDelayMs: number = 0): Promise<void> {
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
    return new ConfigReload({ source, apply: (config) => this.#inForce.apply(config), log: this.#log, registry })
  }

  #readiness(): Readiness {
    return readinessIn(this.#state, this.#fleet?.readiness ?? null, this.#configReload?.refusal ?? null)
  }
}

function hostPort(text: string): HostPort {
  const parsed = parseHostPort(text)
  if (parsed === null) throw new Error(`${text} is not host:port`) // unreachable: the configuration was checked
  return parsed
}
