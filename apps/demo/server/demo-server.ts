import { join } from "node:path"

import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { BridgeService } from "@causeway/proto/api/v1/bridge_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Health } from "@causeway/proto/grpc/health/v1/health_pb"
import { ServerReflection } from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import type { ConnectRouter } from "@connectrpc/connect"

import { Accounts } from "./accounts.ts"
import { AuditLog } from "./audit-log.ts"
import { createAuditService } from "./audit-service.ts"
import { startBackgroundEvents } from "./background-events.ts"
import { openDatabase } from "./database.ts"
import { delayCalls } from "./delay-calls.ts"
import { BridgeMonitor } from "./bridge-monitor.ts"
import { createBridgeService } from "./bridge-service.ts"
import { listenGrpc } from "./grpc-server.ts"
import { createHealthService } from "./health-service.ts"
import { createImportService } from "./import-service.ts"
import { createRandom } from "./random.ts"
import { readBridge } from "./read-bridge.ts"
import { createReflectionService } from "./reflection-service.ts"
import { stopping } from "./rpc-errors.ts"
import { seed } from "./seed.ts"
import { createSupportService } from "./support-service.ts"
import { createUserService } from "./user-service.ts"
import { UserStore } from "./user-store.ts"

/** The options of the demo's gRPC server. */
export interface DemoServerOptions {
  /** The address to listen on. Default: 127.0.0.1. */
  readonly host?: string
  /** The port to listen on; 0 picks a free one. Default: 50051. */
  readonly port?: number
  /** The directory of the database, made and filled on first start. Default: `.data` at the repository's root. */
  readonly dataDir?: string
  /** Whether to write a sign-in event every two seconds, so that the live stream moves. Default: true. */
  readonly backgroundEvents?: boolean
  /** Returns the bridge's admin address, `http://host:port`; null while it is unknown. Default: always null. */
  readonly adminUrl?: () => string | null
  /** The delay of each call of UserService, in milliseconds. Default: 0. */
  readonly delayMs?: () => number
}

/** A demo server that is listening. */
export interface DemoServer {
  /** `http://host:port`, for HTTP/2 with prior knowledge. */
  readonly address: string
  /** How many AuditService.Watch streams are open. */
  readonly watcherCount: number
  /**
   * Stops listening and ends open streams with UNAVAILABLE. Cuts connections that are still open after `graceMs`
   * milliseconds (default 1000). Resolves when everything is closed, including the database. A second call waits for
   * the first.
   */
  close(graceMs?: number): Promise<void>
}

const apiServices = [UserService, AuditService, ImportService, SupportService, BridgeService]
const allServices = [...apiServices, Health, ServerReflection]
const defaultDataDir = join(import.meta.dirname, "..", "..", "..", ".data")

/**
 * Starts the demo's gRPC server: the services of api.v1, health and reflection, over cleartext HTTP/2.
 *
 * @throws DataInUseError when another server uses the data directory; Error when the port is taken (code EADDRINUSE), or
 *   when another version of the demo made the data.
 */
export async function startDemoServer(options: DemoServerOptions = {}): Promise<DemoServer> {
  const { host = "127.0.0.1", port = 50_051, dataDir = defaultDataDir, backgroundEvents = true } = options
  const { adminUrl = () => null, delayMs = () => 0 } = options
  const db = openDatabase(dataDir, (fresh) => seed(fresh, Date.now()))
  const users = new UserStore(db)
  const audit = new AuditLog(db)
  const accounts = new Accounts({ db, users, audit, now: Date.now })
  const bridge = new BridgeMonitor(() => readBridge(adminUrl()))
  const stop = new AbortController()
  const routes = (router: ConnectRouter): void => {
    router.service(UserService, createUserService(users, accounts))
    router.service(AuditService, createAuditService(audit))
    router.service(ImportService, createImportService(accounts))
    router.service(SupportService, createSupportService(users, Date.now))
    router.service(BridgeService, createBridgeService(bridge))
    router.service(Health, createHealthService(apiServices, stop.signal))
    router.service(ServerReflection, createReflectionService(allServices))
  }
  const interceptors = [delayCalls(UserService.typeName, delayMs)]
  const server = await listenGrpc({ host, port, routes, stopping: stop.signal, interceptors }).catch(
    (error: unknown) => {
      db.close()
      throw error
    },
  )
  const report = (error: unknown): void => console.error("no more events come by themselves:", error)
  const stopEvents = backgroundEvents
    ? startBackgroundEvents(users, accounts, createRandom(Date.now()), report)
    : () => {}

  const closeAll = async (graceMs: number): Promise<void> => {
    stopEvents()
    stop.abort(stopping())
    await server.close(graceMs)
    db.close()
  }
  let closed: Promise<void> | null = null
  return {
    address: server.address,
    get watcherCount() {
      return audit.watcherCount
    },
    close: (graceMs = 1000) => (closed ??= closeAll(graceMs)),
  }
}
