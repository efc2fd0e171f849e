import { createClient, createTransport } from "@causeway/client"
import { TestService, UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import type { StartCall } from "./call.ts"
import { startByConnect } from "./connect.ts"

/** Our own client, for comparison. */
export const startCall: StartCall = (baseUrl, call, events) => {
  const transport = createTransport({ baseUrl })
  const clients = {
    test: createClient(TestService, transport),
    unimplemented: createClient(UnimplementedService, transport),
  }
  return startByConnect(clients, call, events)
}
