import type { ClientCompatRequest, ClientCompatResponse } from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"

/** Where our client runs. */
export interface Engine {
  /** Cases at once. */
  readonly concurrency: number
  runCase(request: ClientCompatRequest): Promise<ClientCompatResponse>
  close(): Promise<void>
}
