import { TestService } from "@causeway/proto/grpc/testing/test_pb"
import * as grpc from "@grpc/grpc-js"
import { CallLog } from "./received-call.ts"
import type { ReceivedCall, ServerCall } from "./received-call.ts"
import { serviceDefinition } from "./service-definition.ts"
import { testService } from "./test-service.ts"

/** A gRPC server with the TestService, listening. */
export interface TestBackend {
  /** `http://127.0.0.1:port`: HTTP/2 with prior knowledge. */
  readonly address: string
  /** Resolves with the call that has this `x-tag` when it has come. */
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

type Handler = (call: ServerCall, reply: unknown) => void

/** Every method, with its calls put into the log first. */
function noting(service: grpc.UntypedServiceImplementation, log: CallLog): grpc.UntypedServiceImplementation {
  const methods = Object.entries(service as Readonly<Record<string, Handler>>).map(
    ([name, handle]): [string, Handler] => [
      name,
      (call, reply) => {
        log.note(call)
        handle(call, reply)
      },
    ],
  )
  return Object.fromEntries(methods) as grpc.UntypedServiceImplementation
}
