import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createBridge } from "@causeway/bridge"
import { bufferedRequests, createClient, createTransport, textFormat } from "@causeway/client"
import { TestService, UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import type { Transport } from "@connectrpc/connect"
import { curlCases } from "./grpc/buf-curl.ts"
import type { CurlProtocol } from "./grpc/buf-curl.ts"
import { clientCases } from "./grpc/client-cases.ts"
import type { Clients } from "./grpc/client-cases.ts"
import { goClientCases, runGoClient } from "./grpc/go-client.ts"
import type { InteropBackend } from "./grpc/interop-backends.ts"
import type { Matrix, MatrixCell } from "./matrix.ts"
import { MissingToolchain } from "./servers/install.ts"

/** A client, and its run of a case against a bridge at this address. Null: the client does not have the case. */
interface Column {
  readonly name: string
  run(testCase: string): (() => Promise<void>) | null
}

/** Runs grpc's interop tests through the bridge, with this backend behind it. Returns the results as a table. */
export async function runInteropTests({ name, start }: InteropBackend): Promise<Matrix> {
  const rows = Object.keys(clientCases)
  const frame = {
    heading: `gRPC's interop tests through the bridge, to ${name}`,
    about:
      "The rows are the cases of gRPC's interop test descriptions. `causeway` is our client on Node's `fetch`, whose streams are " +
      "half-duplex; grpc-go's client and `buf curl` are other projects' programs. An empty cell means that the client does not have the case.",
    rowsAre: "",
  }
  const running = await start().catch(missing)
  if ("reason" in running) {
    const cells: readonly MatrixCell[] = [{ kind: "skip", reason: running.reason }]
    return { ...frame, columns: ["all clients"], rows: rows.map((row) => ({ name: row, cells })) }
  }
  const folder = await mkdtemp(join(tmpdir(), "causeway-interop-"))
  const bridge = await createBridge({
    upstream: running.address,
    listen: "127.0.0.1:0",
    admin: null,
    accessLog: "off",
    logLevel: "error",
  })
  const columns = columnsFor(bridge.address, folder)
  const lines = []
  for (const row of rows) {
    const cells: (MatrixCell | null)[] = []
    for (const column of columns) cells.push(await runCell(column.run(row)))
    lines.push({ name: row, cells })
  }
  await bridge.close(0)
  await running.close()
  await rm(folder, { recursive: true })
  return { ...frame, columns: columns.map(({ name }) => name), rows: lines }
}

function columnsFor(address: string, folder: string): readonly Column[] {
  const [binary, text] = [
    createTransport({ baseUrl: address, requestStreaming: bufferedRequests() }),
    createTransport({ baseUrl: address, requestStreaming: bufferedRequests(), format: textFormat() }),
  ]
  const byCurl = (protocol: CurlProtocol) => (testCase: string) => {
    const run = curlCases[testCase]
    return run === undefined ? null : () => run({ protocol, address, folder })
  }
  return [
    { name: "causeway", run: (testCase) => () => clientCases[testCase](clientsOf(binary)) },
    { name: "causeway text", run: (testCase) => () => clientCases[testCase](clientsOf(text)) },
    {
      name: "grpc-go client, gRPC",
      run: (testCase) => (goClientCases.includes(testCase) ? () => runGoClient(address, testCase) : null),
    },
    { name: "buf curl, gRPC", run: byCurl("grpc") },
    { name: "buf curl, gRPC-Web", run: byCurl("grpcweb") },
  ]
}

function clientsOf(transport: Transport): Clients {
  return { test: createClient(TestService, transport), unimplemented: createClient(UnimplementedService, transport) }
}

async function runCell(run: (() => Promise<void>) | null): Promise<MatrixCell | null> {
  if (run === null) return null
  try {
    await run()
    return { kind: "pass" }
  } catch (error) {
    if (error instanceof MissingToolchain) return { kind: "skip", reason: error.message }
    return { kind: "fail", reason: (error as Error).message.trim().replaceAll(/\s+/g, " ").slice(0, 300) }
  }
}

function missing(error: unknown): { readonly reason: string } {
  if (error instanceof MissingToolchain) return { reason: error.message }
  throw error
}
