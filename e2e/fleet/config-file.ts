import { renameSync, writeFileSync } from "node:fs"
import { origin } from "../attack/web-call.ts"

/** The bridge's configuration file, which changes with each writing. */
export class ConfigFile {
  readonly path: string
  /** Number of times that it was written after the first. */
  changes = -1
  readonly #routes: number

  /** `routes`: number of routes that no call matches, before the one that takes them. */
  constructor(path: string, routes: number) {
    this.path = path
    this.#routes = routes
  }

  /** Writes the file: in its place and by a rename in turn, as editors do it. */
  write(addresses: readonly string[]): void {
    this.changes++
    const text = this.#text(addresses)
    if (this.changes % 2 === 0) writeFileSync(this.path, text)
    else {
      writeFileSync(`${this.path}.new`, text)
      renameSync(`${this.path}.new`, this.path)
    }
  }

  /** Limits and a route's deadline change with each writing. */
  #text(addresses: readonly string[]): string {
    return `listen: 127.0.0.1:0
admin: { listen: 127.0.0.1:0 }
cors: { origins: [${origin}] }
upstreams:
  fleet:
    endpoints: [${addresses.join(", ")}]
    balancing: round-robin
    connect-timeout: 2s
    outlier: { interval: 2s, base-ejection: 3s, max-ejection: 6s }
    breaker: { max-queued: ${1_000 + (this.changes % 500)} }
routes:
${Array.from({ length: this.#routes }, (_, i) => this.#routeText(i)).join("")}  - name: all
    upstream: fleet
    retry:
      max-attempts: 5
      initial-backoff: 5ms
      max-backoff: 50ms
      per-attempt-timeout: 3s
      budget: { max-tokens: 1000, token-ratio: 1 }
    timeouts: { max: ${30 + (this.changes % 20)}s }
`
  }

  #routeText(index: number): string {
    return `  - name: route-${index}
    match: { service: shop.v1.Service${index}, method: Get${index}, headers: { x-version: v${index % 7} } }
    upstream: fleet
    timeouts: { max: 10s }
`
  }
}
