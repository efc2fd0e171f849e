import { writeFileSync } from "node:fs"
import { join } from "node:path"

/** The size of the large configuration. */
export const largeFleet = { routes: 1_000, endpoints: 100 }

/**
 * Writes a configuration with many routes and endpoints. The route of the bench's calls comes last. Returns the flags that use it.
 * `upstream`: the address of the backend, which listens on the next addresses too.
 */
export function writeLargeFleet(folder: string, upstream: string): readonly string[] {
  const { port } = new URL(upstream)
  const endpoints = Array.from({ length: largeFleet.endpoints }, (_, i) => `http://127.0.0.${i + 1}:${port}`)
  const routes = Array.from({ length: largeFleet.routes - 1 }, (_, i) => routeText(`route-${i}`, `shop.v1.Service${i}`))
  const text = `upstreams:
  fleet:
    endpoints: [${endpoints.join(", ")}]
routes:
${routes.join("")}${routeText("bench", "bench.Echo")}`
  const path = join(folder, "fleet.yaml")
  writeFileSync(path, text)
  return ["--config", path]
}

function routeText(name: string, service: string): string {
  return `  - name: ${name}\n    match: { service: ${service} }\n    upstream: fleet\n`
}
