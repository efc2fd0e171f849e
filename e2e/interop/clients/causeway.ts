import { bufferedRequests, createClient, createTransport, textFormat } from "@causeway/client"
import type { TransportOptions } from "@causeway/client"
import { TestService, UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import type { Call, Events, StartCall } from "./call.ts"
import { startByConnect } from "./connect.ts"

/** Our own client, for comparison. */
export const startCall: StartCall = (baseUrl, call, events) => start({ baseUrl }, call, events)
/** Our own client in the text format. */
export const startTextCall: StartCall = (baseUrl, call, events) =>
  start({ baseUrl, format: textFormat() }, call, events)

function start(options: TransportOptions, call: Call, events: Events): () => void {
  const transport = createTransport({ requestStreaming: bufferedRequests(), ...options })
  const clients = {
    test: createClient(TestService, transport),
    unimplemented: createClient(UnimplementedService, transport),
  }
  return startByConnect(clients, call, events)
}
