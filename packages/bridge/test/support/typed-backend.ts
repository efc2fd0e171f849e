import { createServer } from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import type { DescMessage, DescService, MessageShape } from "@bufbuild/protobuf"
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { anyPack } from "@bufbuild/protobuf/wkt"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { StatusSchema } from "@causeway/proto/google/rpc/status_pb"
import type { HandlerContext } from "@connectrpc/connect"
import { Code, ConnectError } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import * as grpc from "@grpc/grpc-js"

/**
 * The demo's API as a test wants it. GetUser echoes `x-echo` and `x-echo-bin` in head and trailers; "missing" fails with details,
 * "slow" waits for its end. Watch sends `backlogSize` events and waits when the cursor is "wait". Import counts, Chat echoes.
 */
export interface TypedBackend {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** Cancelled methods, in order. */
  readonly cancelled: readonly string[]
  close(): Promise<void>
}

const violation = { fieldViolations: [{ field: "user.id", description: "nobody has this id – 缺少" }] }

/** Starts the services on connect-node. */
export async function startConnectBackend(): Promise<TypedBackend> {
  const cancelled: string[] = []
  const ended = (name: string, context: HandlerContext): Promise<void> =>
    new Promise((resolve) => {
      context.signal.addEventListener("abort", () => {
        cancelled.push(name)
        resolve()
      })
    })
  const handler = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    routes(router) {
      router.service(UserService, {
        async getUser({ id }, context) {
          if (id === "missing") {
            throw new ConnectError("no user", Code.NotFound, { "x-why": "gone" }, [
              { desc: BadRequestSchema, value: violation },
            ])
          }
          if (id === "slow") await ended("getUser", context)
          for (const to of [context.responseHeader, context.responseTrailer]) {
            for (const name of ["x-echo", "x-echo-bin"]) to.set(name, context.requestHeader.get(name) ?? "")
          }
          return { user: { id } }
        },
      })
      router.service(AuditService, {
        async *watch({ backlogSize, cursor }, context) {
          for (let i = 1; i <= backlogSize; i++) yield { event: { sequence: BigInt(i) } }
          if (cursor === "wait") await ended("watch", context)
        },
      })
      router.service(ImportService, {
        async import(rows) {
          let receivedCount = 0n
          for await (const _row of rows) receivedCount++
          return { receivedCount }
        },
      })
      router.service(SupportService, {
        async *chat(messages) {
          for await (const { text } of messages) yield { text: `echo ${text}` }
        },
      })
    },
  })
  const sockets = new Set<Socket>()
  const server = createServer(handler).on("connection", (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cancelled,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Starts the services on grpc-js. */
export async function startGrpcJsBackend(): Promise<TypedBackend> {
  const cancelled: string[] = []
  const server = new grpc.Server()
  server.addService(definitionOf(UserService), {
    getUser: (call: GetUserCall, reply: grpc.sendUnaryData<object>) => getUser(call, reply, cancelled),
  })
  server.addService(definitionOf(AuditService), { watch: (call: WatchCall) => watch(call, cancelled) })
  server.addService(definitionOf(ImportService), {
    import(call: grpc.ServerReadableStream<unknown, object>, reply: grpc.sendUnaryData<object>) {
      let count = 0n
      call.on("data", () => count++).on("end", () => reply(null, { receivedCount: count }))
    },
  })
  server.addService(definitionOf(SupportService), {
    chat(call: grpc.ServerDuplexStream<{ text: string }, object>) {
      call.on("data", ({ text }: { text: string }) => call.write({ text: `echo ${text}` })).on("end", () => call.end())
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure()
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  return { url: `http://127.0.0.1:${port}`, cancelled, close: async () => server.forceShutdown() }
}

type GetUserCall = grpc.ServerUnaryCall<{ id: string }, object>
type WatchCall = grpc.ServerWritableStream<{ backlogSize: number; cursor: string }, object>

function getUser(call: GetUserCall, reply: grpc.sendUnaryData<object>, cancelled: string[]): void {
  const { id } = call.request
  if (id === "slow") {
    call.on("cancelled", () => cancelled.push("getUser"))
    return
  }
  const trailers = new grpc.Metadata()
  if (id === "missing") {
    const status = {
      code: 5,
      message: "no user",
      details: [anyPack(BadRequestSchema, create(BadRequestSchema, violation))],
    }
    trailers.set("x-why", "gone")
    trailers.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, create(StatusSchema, status))))
    reply({ code: 5, details: "no user", metadata: trailers })
    return
  }
  const head = new grpc.Metadata()
  for (const to of [head, trailers]) {
    for (const name of ["x-echo", "x-echo-bin"]) for (const value of call.metadata.get(name)) to.add(name, value)
  }
  call.sendMetadata(head)
  reply(null, { user: { id } }, trailers)
}

function watch(call: WatchCall, cancelled: string[]): void {
  call.on("cancelled", () => cancelled.push("watch"))
  for (let i = 1; i <= call.request.backlogSize; i++) call.write({ event: { sequence: BigInt(i) } })
  if (call.request.cursor !== "wait") call.end()
}

/** grpc-js's description of a service, for messages of protobuf-es. */
function definitionOf(service: DescService): grpc.ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method) => [
      method.localName,
      {
        path: `/${service.typeName}/${method.name}`,
        requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
        responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
        ...named("request", method.input),
        ...named("response", method.output),
      },
    ]),
  ) as grpc.ServiceDefinition
}

function named(prefix: string, schema: DescMessage): object {
  return {
    [`${prefix}Serialize`]: (value: MessageShape<DescMessage>) => Buffer.from(toBinary(schema, create(schema, value))),
    [`${prefix}Deserialize`]: (wire: Buffer) => fromBinary(schema, wire),
  }
}
