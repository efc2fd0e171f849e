import { request } from "node:http"
import { text } from "node:stream/consumers"
import fc from "fast-check"
import { expect, it, onTestFinished } from "vitest"
import { callPage } from "../../../packages/bridge/test/support/page-call.ts"
import { startBridge } from "../../../packages/bridge/test/support/start-bridge.ts"
import { runEnvoy } from "../targets/envoy.ts"
import { fetchEnvoy } from "../targets/fetch-envoy.ts"
import { envoyRoutes } from "./envoy-routes.ts"
import type { RoutedCall } from "./random-routes.ts"
import { routedCall, routeTable } from "./random-routes.ts"

const tableCount = 40
const callsPerTable = 60
/** The tables and calls are the same in every run, so that a failure can be looked into. */
const seed = 11

/** The name of the route that Envoy chooses, from its answer. */
async function choiceOfEnvoy(address: string, table: number, { path, fields }: RoutedCall): Promise<string> {
  const headers = { host: `table-${table}`, ...Object.fromEntries(fields) }
  const response = await new Promise<Parameters<typeof text>[0]>((resolve, reject) => {
    request(`${address}${path}`, { method: "POST", headers }, resolve).once("error", reject).end()
  })
  return text(response)
}

/** The name of the route that the bridge chooses: each route answers with its name. */
async function choiceOfBridge(address: string, { path, fields }: RoutedCall): Promise<string> {
  const { message, reason } = await callPage(address, { path, fields: fields.flat() })
  return reason === "unknown-route" ? "none" : message
}

it(`takes the same route as Envoy for each of ${tableCount * callsPerTable} calls`, { timeout: 300_000 }, async () => {
  const tables = fc.sample(routeTable, { numRuns: tableCount, seed })
  const envoy = await runEnvoy(await fetchEnvoy(), (port) => envoyRoutes(port, tables))
  onTestFinished(() => envoy.close())
  const choices = new Set<string>()
  for (const [index, routes] of tables.entries()) {
    const bridge = await startBridge({ upstream: "http://127.0.0.1:1", startsCluster: false, routes })
    try {
      for (const call of fc.sample(routedCall, { numRuns: callsPerTable, seed: seed + index })) {
        const ours = await choiceOfBridge(bridge.address, call)
        const theirs = await choiceOfEnvoy(envoy.address, index, call)
        choices.add(ours)
        expect({ table: index, call, choice: ours }).toEqual({ table: index, call, choice: theirs })
      }
    } finally {
      await bridge.close()
    }
  }
  expect(choices.size).toBeGreaterThan(10) // the tables are worth comparing
})
