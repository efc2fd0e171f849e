import { TestService } from "@causeway/proto/grpc/testing/test_pb"
import * as grpc from "@grpc/grpc-js"
import { CallLog } from "./call-log.ts"
import type { ReceivedCall } from "./call-log.ts"
import { serviceDefinition } from "./service-definition.ts"
import { testService } from "./test-service.ts"

/** A listening gRPC server with the TestService. */
export interface TestBackend {
  /** `http://127.0.0.1:port`: HTTP/2 with prior knowledge. */
  readonly address: string
  /** Resolves with the call with this `x-tag` when the call has arrived. */
  received(tag: string): Promise<ReceivedCall>
  close(): Promise<void>
}

/** Starts the TestService on grpc-js on a free port. */
export async function startBackend(): Promise<TestBackend> {
  const log = new CallLog()
  const server = new grpc.Server()
  server.addService(serviceDefinition(TestService), noting(testService, log))
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure()
    server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error === null ? resolve(port) : reject(error)))
  })
  return {
    address: `http://127.0.0.1:${port}`,
    received: (tag) => log.find(tag),
    async close() {
      server.forceShutdown()
    },
  }
}

/** The common part of all grpc-js call types. */
interface ServerCall {
  readonly metadata: grpc.Metadata
  getDeadline(): grpc.Deadline
  on(event: "cancelled", listener: () => void): unknown
}

type Handler = (call: ServerCall, reply: unknown) => void

/** Wraps every method so that its calls are logged first. */
function noting(service: grpc.UntypedServiceImplementation, log: CallLog): grpc.UntypedServiceImplementation {
  const methods = Object.entries(service as Readonly<Record<string, Handler>>).map(
    ([name, handle]): [string, Handler] => [
      name,
      (call, reply) => {
        log.note(receivedCall(call))
        handle(call, reply)
      },
    ],
  )
  return Object.fromEntries(methods) as grpc.UntypedServiceImplementation
}

function receivedCall(call: ServerCall): ReceivedCall {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>()
  call.on("cancelled", resolve)
  const deadline = call.getDeadline()
  const text = (value: grpc.MetadataValue): string => (typeof value === "string" ? value : value.toString("base64"))
  return {
    values: (name) => call.metadata.get(name).map(text),
    timeoutMs: (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now(),
    cancelled,
  }
}
