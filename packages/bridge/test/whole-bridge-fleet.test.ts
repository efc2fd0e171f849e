import { expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import type { ConfigInput } from "../src/config/schema.ts"
import { FleetEndpoint } from "./support/fleet-endpoint.ts"
import { callPage } from "./support/page-call.ts"
import { waitFor } from "./support/wait-for.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const fleetSize = 20
const callCount = 2_000
/** A busy machine may need long for the calls; no call may be lost. */
const patienceMs = 240_000

function configOf(endpoints: readonly FleetEndpoint[], maxQueued: number): ConfigInput {
  const route = {
    name: "all",
    action: { kind: "upstream", upstream: "fleet" },
    retry: { maxAttempts: 5, initialBackoffMs: 1, maxBackoffMs: 5, codes: [14], perAttemptMs: 2_000 },
  }
  const upstream = {
    name: "fleet",
    endpoints: endpoints.map(({ url }) => url),
    balancing: { policy: "round-robin" },
    breaker: { maxQueued },
  }
  const parts = { upstreams: [upstream], routes: [route] } as unknown as Partial<ConfigInput>
  return { listen: "127.0.0.1:0", admin: "127.0.0.1:0", accessLog: "off", ...parts }
}

it(
  `loses none of ${callCount} calls while endpoints of a fleet restart, hang, refuse, slow down, move, and the configuration changes`,
  async () => {
    const all = Array.from({ length: fleetSize + 1 }, () => new FleetEndpoint())
    for (const endpoint of all) await endpoint.start()
    const [spare, ...fleet] = all
    const bridge = await createBridge(configOf(fleet, 1_000), { log: silent })
    onTestFinished(async () => {
      await bridge.close(0)
      for (const endpoint of all) await endpoint.crash()
    })
    const metrics = async (): Promise<string> => (await fetch(`${bridge.adminAddress}/metrics`)).text()
    while (!(await metrics()).includes(`causeway_upstream_sessions_open ${fleetSize}\n`));

    const steady = fleet.slice(5)
    const codes: (number | null)[] = []
    let begun = 0
    const caller = async (): Promise<void> => {
      while (begun++ < callCount) codes.push((await callPage(bridge.address)).code)
    }
    let failure: unknown = null
    const callers = Promise.all(Array.from({ length: 12 }, caller)).catch((cause: unknown) => {
      failure = cause
    })
    const hasAnswered = (count: number): Promise<void> =>
      waitFor(() => codes.length >= count || failure !== null, { timeoutMs: patienceMs })
    const [restarted, hanging, refusing, slow, moved] = fleet
    for (let phase = 1; phase <= 5; phase++) {
      await hasAnswered(phase * 300)
      hanging.mood = phase % 2 === 1 ? "hangs" : "well"
      refusing.mood = phase % 2 === 0 ? "unavailable" : "well"
      slow.mood = phase % 2 === 1 ? "slow" : "well"
      const isMoved = phase % 2 === 1
      await bridge.apply(configOf(isMoved ? fleet.with(4, spare) : fleet, 1_000 + phase))
      await restarted.crash()
      await hasAnswered(phase * 300 + 50)
      await restarted.start()
    }
    hanging.mood = refusing.mood = "well"
    await callers

    expect(failure).toBeNull()
    expect(codes.filter((code) => code !== 0)).toEqual([])
    expect(codes).toHaveLength(callCount)
    expect(spare.answered).toBeGreaterThan(0)
    expect(moved.answered).toBeGreaterThan(0)
    const mean = steady.reduce((sum, { answered }) => sum + answered, 0) / steady.length
    for (const { answered } of steady) expect(Math.abs(answered - mean) / mean).toBeLessThan(0.1)
    await waitFor(() => all.every(({ openCalls }) => openCalls === 0))
    const isIdle =
      /causeway_calls_in_flight 0\n[^]*causeway_upstream_streams\{upstream="fleet"\} 0\n[^]*causeway_upstream_queue\{upstream="fleet"\} 0\n/
    await expect.poll(metrics).toMatch(isIdle)
  },
  2 * patienceMs,
)
