import type { TestBackend } from "../backend/start-backend.ts"

/** A server that others wrote, by which a gRPC-Web client reaches the TestService. */
export interface OtherServer {
  readonly name: string
  /** Starts it. Rejects with `MissingToolchain` when this machine cannot have it. */
  start(): Promise<RunningServer>
}

/** Such a server, listening, with the backend behind it, or the service in it. */
export interface RunningServer {
  /** `http://127.0.0.1:port`. */
  readonly address: string
  readonly backend: Pick<TestBackend, "received">
  close(): Promise<void>
}

/** A proxy, as a function of the address of its backend: before the TestService on grpc-js. */
export type StartProxy = (backend: URL) => Promise<{ readonly address: string; close(): Promise<void> }>
