import { setTimeout as after } from "node:timers/promises"
import { startEnvoy } from "../../wire/targets/envoy.ts"
import { fetchEnvoy } from "../../wire/targets/fetch-envoy.ts"
import type { TargetKind } from "./target.ts"

/** Envoy with one worker, configured as in e2e/wire. It takes no bridge flags and has no certificate here. */
export async function envoyTarget(): Promise<TargetKind> {
  const binary = await fetchEnvoy()
  return {
    name: "Envoy",
    version: "1.40.0",
    takes: ({ scene }) => scene?.bridgeFlags === undefined && scene?.isTls !== true,
    async start(upstream) {
      const { pid, address, close } = await startEnvoy(binary, { upstream })
      return {
        pid,
        address,
        admin: null,
        usedHeap: () => Promise.resolve(null),
        async terminate() {
          const startMs = performance.now()
          process.kill(pid, "SIGTERM")
          while (isAlive(pid)) await after(20)
          return performance.now() - startMs
        },
        close,
      }
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
