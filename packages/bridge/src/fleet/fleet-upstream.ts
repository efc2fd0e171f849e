import { CertificateRenewal } from "../certificates/renewal.ts"
import { UpstreamCredentials } from "../certificates/upstream-credentials.ts"
import { UpstreamTlsFiles } from "../certificates/upstream-tls-files.ts"
import type { Observer } from "../core/observer.ts"
import type { Log } from "../observe/log.ts"
import { createBalancer } from "../upstream/balancing/balancer.ts"
import type { ClusterOptions } from "../upstream/cluster-member.ts"
import { Cluster } from "../upstream/cluster.ts"
import type { ResolvedEndpoint } from "../upstream/discovery/resolved-endpoint.ts"
import type { Resolver } from "../upstream/discovery/resolver.ts"
import { createResolver } from "../upstream/discovery/resolver.ts"
import { chooseSubset } from "../upstream/balancing/subset.ts"
import type { Endpoint } from "../upstream/endpoint.ts"
import type { Http2Connect } from "../upstream/http2-connection.ts"
import type { UnresolvedName, UpstreamStatus } from "../upstream/status.ts"
import { endpointTarget } from "../upstream/target.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"

/** Settings that all upstreams share, and that a reload can change. */
export interface SharedLimits {
  /** Limit of one client address's calls to one upstream. Null: only its share limits them. */
  readonly maxCallsPerClient: number | null
}

/** The parts of the bridge that all upstreams use. */
export interface FleetParts {
  readonly observer: Observer
  readonly log: Log
  /** The implementation of HTTP/2. */
  readonly connect: Http2Connect
  /** A text that no other bridge of the fleet has: bridges use different subsets of large upstreams. */
  readonly bridgeId: string
}

/**
 * One upstream of the configuration: its cluster, the names of its endpoints, and its certificates. It serves as long as somebody
 * holds it.
 */
export class FleetUpstream {
  readonly cluster: Cluster
  #config: UpstreamConfig
  #limits: SharedLimits
  readonly #parts: FleetParts
  readonly #tls: UpstreamTlsFiles | null
  readonly #credentials: UpstreamCredentials
  #renewal: CertificateRenewal | null = null
  readonly #resolver: Resolver
  #resolved: readonly ResolvedEndpoint[] = []
  #holders = 0

  private constructor(
    config: UpstreamConfig,
    limits: SharedLimits,
    { tls, credentials }: UpstreamFiles,
    parts: FleetParts,
  ) {
    this.#config = config
    this.#limits = limits
    this.#parts = parts
    this.#tls = tls
    const balancer = createBalancer<Endpoint>(config.balancing)
    this.cluster = new Cluster(clusterOptions(config, limits, parts), balancer, parts.observer, () =>
      this.#resolver.resolveNow(),
    )
    this.#resolver = createResolver(config.endpoints, config.tls !== null, {
      resolved: (resolved) => {
        this.#resolved = resolved
        this.#setMembers()
      },
      failed: (address, why) => this.cluster.unresolved(address, why),
    })
    this.cluster.useCredentials(credentials.fields)
    this.#credentials = credentials
  }

  /**
   * Reads the certificate files.
   * @throws {UnusableCertificate} or the system's error when a file cannot be read
   */
  static async read(config: UpstreamConfig, limits: SharedLimits, parts: FleetParts): Promise<FleetUpstream> {
    return new FleetUpstream(config, limits, await readFiles(config), parts)
  }

  get config(): UpstreamConfig {
    return this.#config
  }

  /** Number of renewed certificates that could not be used. */
  get refusedRenewals(): number {
    return this.#renewal?.refused ?? 0
  }

  /** What the admin port shows of it. */
  status(nowMs: number): UpstreamStatus {
    const { unresolved, failedResolutions } = this
    const { slowStartMs, ...balancing } = this.#config.balancing
    return {
      ...this.cluster.status(nowMs),
      balancing: { ...balancing, slowStartSeconds: slowStartMs / 1_000 },
      unresolved,
      failedResolutions,
    }
  }

  /** Configured names that do not resolve now, in whole or in part. */
  get unresolved(): readonly UnresolvedName[] {
    return this.#resolver.unresolved
  }

  /** Number of resolutions that failed, in whole or in part. */
  get failedResolutions(): number {
    return this.#resolver.failures
  }

  /** Resolves its names, connects, and watches its files. Nothing runs before. */
  start(): void {
    this.#renewal = this.#renew()
    this.cluster.start()
    this.#resolver.start()
  }

  /** Uses these settings from now on. Sessions, and what is known of each endpoint, live on. TLS must be the same. */
  update(config: UpstreamConfig, limits: SharedLimits): void {
    const before = this.#config
    if (isSame([before, this.#limits], [config, limits])) return
    this.#config = config
    this.#limits = limits
    if (!isSame(before.balancing, config.balancing)) this.cluster.use(createBalancer(config.balancing))
    this.cluster.limit(clusterOptions(config, limits, this.#parts))
    this.#resolver.update(config.endpoints)
    this.#setMembers()
  }

  /** Reads its certificates now. */
  async reload(): Promise<void> {
    await this.#renewal?.reload()
  }

  hold(): void {
    this.#holders++
  }

  /** True: the last holder has gone. No new call comes, and streams that are open finish. */
  release(): boolean {
    if (--this.#holders > 0) return false
    this.drain()
    return true
  }

  drain(): void {
    this.#renewal?.close()
    this.#resolver.close()
    this.cluster.drain()
  }

  #renew(): CertificateRenewal {
    const files = [
      ...(this.#tls?.renewals(() => this.#setMembers()) ?? []),
      ...this.#credentials.renewals((fields) => this.cluster.useCredentials(fields)),
    ]
    return new CertificateRenewal(files, this.#parts.log)
  }

  #setMembers(): void {
    const { balancing, authority } = this.#config
    const tls = this.#tls?.tls ?? null
    const members = this.#resolved.map((endpoint) => ({
      ...endpoint,
      target: endpointTarget(endpoint, tls, authority),
    }))
    const { subsetSize } = balancing
    this.cluster.setMembers(subsetSize === null ? members : chooseSubset(members, subsetSize, this.#parts.bridgeId))
  }
}

/** The files of an upstream. */
interface UpstreamFiles {
  readonly tls: UpstreamTlsFiles | null
  readonly credentials: UpstreamCredentials
}

async function readFiles(config: UpstreamConfig): Promise<UpstreamFiles> {
  const [tls, credentials] = await Promise.all([
    config.tls === null ? null : UpstreamTlsFiles.read(config.tls),
    UpstreamCredentials.read(config),
  ])
  return { tls, credentials }
}

/**
 * False: the upstream is replaced. Calls must not use connections, credentials or health that belong to other rules than those of
 * the configuration.
 */
export function canUpdate(before: UpstreamConfig, after: UpstreamConfig): boolean {
  const identityOf = ({ tls, metadata, tokenFile, health }: UpstreamConfig): unknown => [
    tls,
    metadata,
    tokenFile,
    health,
  ]
  return isSame(identityOf(before), identityOf(after))
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function clusterOptions(
  config: UpstreamConfig,
  { maxCallsPerClient }: SharedLimits,
  { connect }: FleetParts,
): ClusterOptions {
  const { name, connectTimeoutMs, keepaliveMs, idleTimeoutMs, breaker, outlier, health } = config
  const { usesLoadReports } = config.balancing
  const times = { connectTimeoutMs, keepaliveMs, idleTimeoutMs }
  return { name, connect, ...times, ...breaker, maxCallsPerClient, outlier, health, usesLoadReports }
}
