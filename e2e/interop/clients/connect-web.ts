import { TestService, UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import { createClient } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import type { StartCall } from "./call.ts"
import { startByConnect } from "./connect.ts"

/** The client and gRPC-Web transport of connect. */
export const startCall: StartCall = (baseUrl, call, events) => {
  const transport = createGrpcWebTransport({ baseUrl })
  const clients = {
    test: createClient(TestService, transport),
    unimplemented: createClient(UnimplementedService, transport),
  }
  return startByConnect(clients, call, events)
}
