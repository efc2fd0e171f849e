import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import { startCall } from "./clients/causeway.ts"
import { RecordedCall } from "./clients/recorded-call.ts"
import type { Limit } from "./limits.ts"
import { serverLimits } from "./limits.ts"
import type { Matrix, MatrixCell } from "./matrix.ts"
import { MissingToolchain } from "./servers/install.ts"
import type { OtherServer, RunningServer } from "./servers/other-server.ts"
import { otherServers } from "./servers/other-servers.ts"
import { webCases } from "./web-cases.ts"
import type { WebCase } from "./web-cases.ts"

/** A case takes far less time and has its own limits. */
const patienceMs = 20_000

/** Runs our client against the servers of other projects. Returns the results as a table. */
export async function runServers(): Promise<Matrix> {
  const columns: (readonly MatrixCell[])[] = []
  for (const server of otherServers) columns.push(await runServer(server))
  return {
    heading: "Our client with other servers",
    about:
      "Our client runs on Node's `fetch`, which speaks HTTP/1.1. `connect-node` contains the service; the others are proxies in front " +
      "of the TestService on grpc-js. `causeway` is our own bridge.",
    rowsAre: "",
    columns: otherServers.map(({ name }) => name),
    rows: webCases.map(({ name }, i) => ({ name, cells: columns.map((cells) => cells[i]) })),
  }
}

async function runServer({ name, start }: OtherServer): Promise<readonly MatrixCell[]> {
  let server: RunningServer
  try {
    server = await start()
  } catch (error) {
    if (!(error instanceof MissingToolchain)) throw error
    const { message } = error
    return webCases.map(() => ({ kind: "skip", reason: message }))
  }
  const cells: MatrixCell[] = []
  for (const webCase of webCases) cells.push(await runCell(server, webCase, serverLimits[name] ?? []))
  await server.close()
  return cells
}

async function runCell(
  { address, backend }: RunningServer,
  { name, expected, run }: WebCase,
  limits: readonly Limit[],
): Promise<MatrixCell> {
  const limit = limits.find(({ cases }) => cases.includes(name))
  const running = run({
    backend,
    async start(call) {
      const recorded = new RecordedCall(startCall, address, call)
      return {
        received: (count) => recorded.received(count),
        cancel: async () => recorded.cancel(),
        ended: () => recorded.ended(),
      }
    },
  })
  const observed = await Promise.race([running, delay(patienceMs, null, { ref: false })])
  if (observed === null) return { kind: "fail", reason: `hangs: nothing was seen in ${patienceMs / 1_000} s` }
  const wanted = { ...expected, ...limit?.instead }
  const isGood =
    isDeepStrictEqual(observed, wanted) || (limit?.isRace === true && isDeepStrictEqual(observed, expected))
  if (!isGood) {
    return { kind: "fail", reason: `expected ${JSON.stringify(wanted)}, seen ${JSON.stringify(observed)}` }
  }
  return limit === undefined ? { kind: "pass" } : { kind: "limit", reason: limit.reason }
}
