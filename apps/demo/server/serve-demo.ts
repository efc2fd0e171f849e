import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { BridgeService } from "@causeway/proto/api/v1/bridge_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Health } from "@causeway/proto/grpc/health/v1/health_pb"
import { ServerReflection } from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import type { ConnectRouter } from "@connectrpc/connect"

import { createAuditService } from "./audit-service.ts"
import { BridgeMonitor } from "./bridge-monitor.ts"
import { createBridgeService } from "./bridge-service.ts"
import { delayCalls } from "./delay-calls.ts"
import type { DemoData } from "./demo-data.ts"
import { listenGrpc } from "./grpc-server.ts"
import { createHealthService } from "./health-service.ts"
import { createImportService } from "./import-service.ts"
import { nameVersion } from "./name-version.ts"
import { readBridge } from "./read-bridge.ts"
import { createReflectionService } from "./reflection-service.ts"
import { stopping } from "./rpc-errors.ts"
import { createSupportService } from "./support-service.ts"
import { createUserService } from "./user-service.ts"

/** The options of a server over the demo's data. */
export interface ServeDemoOptions {
  /** The address to listen on. Default: 127.0.0.1. */
  readonly host?: string
  /** The port to listen on; 0 picks a free one. Default: 50051. */
  readonly port?: number
  /** The version of the service, which each answer names in the field `x-served-by`. Default: v1. */
  readonly version?: string
  /** Returns the bridge's admin address, `http://host:port`; null while it is unknown. Default: always null. */
  readonly adminUrl?: () => string | null
  /** The delay of each call of UserService, in milliseconds. Default: 0. */
  readonly delayMs?: () => number
}

/** A server that is listening. */
export interface ServedDemo {
  /** `http://host:port`, for HTTP/2 with prior knowledge. */
  readonly address: string
  /**
   * Stops listening and ends open streams with UNAVAILABLE. Cuts connections that are still open after `graceMs`
   * milliseconds.
   */
  close(graceMs: number): Promise<void>
}

const apiServices = [UserService, AuditService, ImportService, SupportService, BridgeService]
const allServices = [...apiServices, Health, ServerReflection]

/**
 * Serves the demo's data: the services of api.v1, health and reflection, over cleartext HTTP/2.
 *
 * @throws Error when the port is taken (code EADDRINUSE).
 */
export async function serveDemo(data: DemoData, options: ServeDemoOptions): Promise<ServedDemo> {
  const { host = "127.0.0.1", port = 50_051, version = "v1", adminUrl = () => null, delayMs = () => 0 } = options
  const { users, audit, accounts } = data
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
  const interceptors = [nameVersion(version), delayCalls(UserService.typeName, delayMs)]
  const server = await listenGrpc({ host, port, routes, stopping: stop.signal, interceptors })
  return {
    address: server.address,
    close(graceMs) {
      stop.abort(stopping())
      return server.close(graceMs)
    },
  }
}
