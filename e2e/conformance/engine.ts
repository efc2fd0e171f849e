import type { ClientCompatRequest, ClientCompatResponse } from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"

/** The platform that our client runs on. */
export interface Engine {
  /** The number of cases to run at one time. */
  readonly concurrency: number
  runCase(request: ClientCompatRequest): Promise<ClientCompatResponse>
  close(): Promise<void>
}
