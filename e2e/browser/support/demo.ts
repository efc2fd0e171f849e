import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startDemoServer } from "@causeway/demo/server/index.ts"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { createClient } from "@connectrpc/connect"
import type { Client } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"

/** The demo's gRPC server, with fresh data and no events of its own. */
export interface Demo {
  /** `http://127.0.0.1:port`; stays the same. */
  readonly address: string
  /** Calls it by gRPC, past the bridge: what is true there must be on the page. */
  readonly users: Client<typeof UserService>
  /** Ends the server and cuts its calls; its data stay. */
  stop(): Promise<void>
  /** Starts it again at the same address. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Starts the demo's server on a free port. */
export async function startDemo(): Promise<Demo> {
  const dataDir = await mkdtemp(join(tmpdir(), "causeway-e2e-demo-"))
  const start = (port: number) => startDemoServer({ port, dataDir, backgroundEvents: false })
  let server = await start(0)
  const { address } = server
  const sessionManager = new Http2SessionManager(address)
  return {
    address,
    users: createClient(UserService, createGrpcTransport({ baseUrl: address, sessionManager })),
    stop: () => server.close(0),
    async start() {
      server = await start(Number(new URL(address).port))
    },
    async close() {
      sessionManager.abort()
      await server.close(0)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
