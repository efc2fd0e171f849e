import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { formatProblems } from "../../src/config/check.ts"
import type { Loaded } from "../../src/config/load.ts"
import { loadConfig } from "../../src/config/load.ts"
import type { Config } from "../../src/config/schema.ts"

/** The folder of the files. */
export const folder: string = mkdtempSync(join(tmpdir(), "causeway-config-"))

/** Loads a file with this text. */
export function loadText(text: string, argv: string[] = [], env: Record<string, string> = {}): Loaded {
  const file = join(folder, "bridge.yaml")
  writeFileSync(file, text)
  return loadConfig(["--config", file, ...argv], env)
}

/** The configuration of a file with this text. */
export function load(text: string, argv: string[] = [], env: Record<string, string> = {}): Config {
  const loaded = loadText(text, argv, env)
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  return loaded.config
}

/** The problems of a file with this text, a line each. Empty: there is none. */
export function problemsOf(text: string, argv: string[] = [], env: Record<string, string> = {}): string[] {
  const loaded = loadText(text, argv, env)
  if (loaded.kind !== "problems") return []
  return formatProblems(loaded.problems)
    .replaceAll(`${folder}/`, "")
    .split("\n")
    .map((line) => line.trim())
}

/** A file with several upstreams and routes. */
export const fleet = `
listen: 0.0.0.0:8080
cors: { origins: [https://app.example] }
upstreams:
  users:
    endpoints: [http://users-1:50051, { address: http://users-2:50051, weight: 3, zone: b }]
    balancing: { policy: ring-hash, hash: { cookie: session } }
    health: on
    outlier: { failure-percentage: off }
    connect-timeout: 2s
  users-v2:
    endpoints: https://users-v2
    metadata: { Authorization: "Bearer \${TOKEN}" }
routes:
  - name: canary
    match: { service: api.v1.*, headers: { x-version: v2, x-debug: { present: on } } }
    upstream: users-v2
    retry: { codes: [UNAVAILABLE, ABORTED], max-attempts: 4 }
  - name: split
    match: { method: Get* }
    weights: { users: 95, users-v2: 5 }
    sticky: { header: x-user }
    timeouts: { max: 30s }
  - name: closed
    match: { service: api.v1.Billing }
    answer: { message: Back at noon, retry-after: 10m }
  - name: rest
    upstream: users
`
