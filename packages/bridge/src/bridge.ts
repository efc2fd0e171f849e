import { setTimeout as after } from "node:timers/promises"
import type { Admin } from "./admin/admin.ts"
import { startAdmin } from "./admin/admin.ts"
import { addBridgeGauges } from "./bridge-gauges.ts"
import type { RenewedFiles } from "./certificates/renewal.ts"
import { CertificateRenewal } from "./certificates/renewal.ts"
import { ServerCertificate } from "./certificates/server-certificate.ts"
import { UpstreamTlsFiles } from "./certificates/upstream-tls-files.ts"
import { parseHostPort } from "./config/host-port.ts"
import type { HostPort } from "./config/host-port.ts"
import type { Config, ConfigInput } from "./config/schema.ts"
import { parseConfig } from "./config/check.ts"
import { BridgeError } from "./core/errors.ts"
import { combineObservers } from "./core/observer.ts"
import { connectionLimits } from "./downstream/connection-limits.ts"
import type { Observer } from "./core/observer.ts"
import type { Listener } from "./downstream/listener.ts"
import { listen } from "./downstream/listener.ts"
import type { Generation } from "./generation.ts"
import { createGeneration } from "./generation.ts"
import type { AccessLog } from "./observe/access-log.ts"
import { createAccessLog } from "./observe/access-log.ts"
import type { Log } from "./observe/log.ts"
import { createEventObserver, createLog } from "./observe/events.ts"
import type { Metrics } from "./observe/metrics.ts"
import { createMetrics } from "./observe/metrics.ts"
import { maxOpenFiles } from "./downstream/open-files.ts"
import { settlesWithin } from "./settles-within.ts"
import { warnAtStart } from "./start-warnings.ts"
import { createBalancer } from "./upstream/balancing/balancer.ts"
import { Cluster } from "./upstream/cluster.ts"
import type { ClusterMember } from "./upstream/endpoint.ts"
import type { UpstreamTls } from "./upstream/target.ts"
import { upstreamTarget } from "./upstream/target.ts"
import type { UpstreamTlsConfig } from "./upstream/upstream-config.ts"

/** A running bridge. */
export interface Bridge {
  /** `http://host:port` or `https://host:port`, with the actual port. */
  readonly address: string
  /** Address of the admin port (health, readiness, metrics). Null: there is none. */
  readonly adminAddress: string | null
  /**
   * Reads the certificate files again and reopens the access log's file. A file that cannot be used is logged, and the old one
   * stays in use.
   */
  reload(): Promise<void>
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
  #certificates: CertificateRenewal | null = null
  #state: BridgeState = { kind: "starting" }
  #closed: Promise<void> | null = null

  constructor(config: Config, log: Log) {
    this.#config = config
    this.#log = log
  }

  async start(): Promise<void> {
    const config = this.#config
    const [certificate, upstreamTls] = await Promise.all([
      ServerCertificate.read(config.tlsCertFile, config.tlsKeyFile),
      UpstreamTlsFiles.read(upstreamTlsOf(config)),
    ])
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
    const cluster = new Cluster({ ...config, name: "default" }, createBalancer(), observer)
    cluster.setMembers([onlyMember(config, upstreamTls.tls)])
    const generation = createGeneration(config, cluster, observer, () => this.#state.kind === "draining")
    this.#cluster = cluster
    this.#generation = generation
    const limits = connectionLimits(config, maxOpenFiles())
    const listener = await listen({
      ...config,
      ...hostPort(config.listen),
      ...limits,
      tls: certificate?.pem ?? null,
      serve: generation.serve,
      stalls: generation.stalls,
      observer,
    })
    this.#listener = listener
    this.address = listener.address
    cluster.start()
    const certificates = this.#renew(certificate, upstreamTls, listener, cluster)
    addBridgeGauges(this.#metrics.registry, {
      cluster,
      stalls: generation.stalls,
      accessLog: this.#accessLog,
      certificates,
      certificateEnd: certificate === null ? null : () => certificate.endsAtSeconds,
    })
    if (config.admin !== null) await this.#startAdmin(config.admin, observer)
    if (this.#state.kind === "starting") this.#state = { kind: "serving" }
    warnAtStart(this.#log, config, {
      maxConnections: limits.maxConnections,
      validityProblem: certificate?.validityProblem(Date.now()) ?? null,
    })
  }

  async reload(): Promise<void> {
    try {
      this.#accessLog?.reopen()
    } catch (cause) {
      this.#log.error("the access log cannot be reopened; its lines still go to the file that was open", {
        file: this.#config.accessLog,
        cause,
      })
    }
    await this.#certificates?.reload()
    this.#log.info("reloaded the certificates and reopened the access log; settings change only with a restart")
  }

  close(graceMs: number = this.#config.graceMs, drainDelayMs: number = 0): Promise<void> {
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
    this.#log.warn("the grace time is over: open calls were ended; raise --grace if they need longer", { calls: open })
    await settlesWithin(drained, statusReadMs)
    listener.destroy()
    await drained
  }

  #renew(
    certificate: ServerCertificate | null,
    upstreamTls: UpstreamTlsFiles,
    listener: Listener,
    cluster: Cluster,
  ): CertificateRenewal {
    const renewals: RenewedFiles[] = []
    if (certificate !== null) renewals.push([certificate.renewedOn(listener), certificate.files])
    renewals.push(...upstreamTls.renewals((tls) => cluster.setMembers([onlyMember(this.#config, tls)])))
    this.#certificates = new CertificateRenewal(renewals, this.#log)
    return this.#certificates
  }

  async #startAdmin(listen: string, observer: Observer): Promise<void> {
    this.#admin = await startAdmin({
      listen,
      metrics: () => this.#metrics.expose(),
      readiness: () => this.#readiness(),
      hosts: this.#config.adminHosts,
      onRefusedHost: (host) =>
        this.#log.warn("a request for /metrics was refused because of the host name in it", {
          host,
          why: "a web page could read this port through a host name of its own (DNS rebinding); if the name is yours, allow it with --admin-host",
        }),
      onCrash: (where, cause) => observer.crashed(where, cause, null),
    })
    this.adminAddress = this.#admin.address
  }

  #readiness(): { ready: boolean; why: string } {
    const { kind } = this.#state
    if (kind === "starting") return { ready: false, why: "starting" }
    if (kind !== "serving") return { ready: false, why: "draining: the bridge is shutting down" }
    if (this.#cluster?.isReachable === true) return { ready: true, why: "" }
    return {
      ready: false,
      why: `no connection to the backend ${this.#config.upstream}: ${this.#cluster?.failure?.message ?? "connecting"}`,
    }
  }
}

function upstreamTlsOf(config: Config): UpstreamTlsConfig {
  return {
    caFile: config.upstreamCaFile,
    certFile: config.upstreamCertFile,
    keyFile: config.upstreamKeyFile,
    serverName: config.upstreamServerName,
    subjectAltNames: [],
    minVersion: "1.2",
  }
}

function onlyMember({ upstream }: Config, tls: UpstreamTls): ClusterMember {
  return { target: upstreamTarget(upstream, tls), weight: 1, zone: null, priority: 0 }
}

function hostPort(text: string): HostPort {
  const parsed = parseHostPort(text)
  if (parsed === null) throw new Error(`${text} is not host:port`) // unreachable: the configuration was checked
  return parsed
}
