import { once } from "node:events"
import { createServer } from "node:http2"
import type { ServerHttp2Session } from "node:http2"
import type { AddressInfo } from "node:net"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { BridgeService } from "@causeway/proto/api/v1/bridge_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { ServerReflection } from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import type { ServiceImpl } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"

/** The methods that a test provides. Omitted methods are UNIMPLEMENTED. */
export interface ScriptedServices {
  readonly users?: Partial<ServiceImpl<typeof UserService>>
  readonly audit?: Partial<ServiceImpl<typeof AuditService>>
  readonly imports?: Partial<ServiceImpl<typeof ImportService>>
  readonly bridge?: Partial<ServiceImpl<typeof BridgeService>>
  readonly reflection?: Partial<ServiceImpl<typeof ServerReflection>>
}

/** A gRPC server whose answers a test decides. */
export interface ScriptedBackend {
  /** `http://127.0.0.1:port`. */
  readonly address: string
  /** Stops listening and cuts every connection, like the end of a process. */
  close(): Promise<void>
}

/** Starts a gRPC server over cleartext HTTP/2; port 0 picks a free one. */
export async function startScriptedBackend(services: ScriptedServices, port: number): Promise<ScriptedBackend> {
  const adapter = connectNodeAdapter({
    grpcWeb: false,
    connect: false,
    routes(router) {
      router.service(UserService, services.users ?? {})
      router.service(AuditService, services.audit ?? {})
      router.service(ImportService, services.imports ?? {})
      router.service(BridgeService, services.bridge ?? {})
      router.service(ServerReflection, services.reflection ?? {})
    },
  })
  const server = createServer(adapter)
  const sessions = new Set<ServerHttp2Session>()
  server.on("session", (session) => {
    sessions.add(session)
    session.once("close", () => sessions.delete(session))
  })
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close")
      server.close()
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}
