import type { TestBackend } from "../backend/start-backend.ts"

/** A server of another project. A gRPC-Web client reaches the TestService through it. */
export interface OtherServer {
  readonly name: string
  /** Starts the server. Rejects with `MissingToolchain` if the server cannot be installed on this machine. */
  start(): Promise<RunningServer>
}

/** A listening server of another project. It contains the service or has the backend behind it. */
export interface RunningServer {
  /** `http://127.0.0.1:port`. */
  readonly address: string
  readonly backend: Pick<TestBackend, "received">
  close(): Promise<void>
}

/** A proxy that is a process of its own. */
export interface ProxyProcess {
  readonly address: string
  readonly pid: number
  close(): Promise<void>
}

/** Starts a proxy in front of the backend at this address. The backend has the TestService on grpc-js. */
export type StartProxy = (backend: URL) => Promise<Omit<ProxyProcess, "pid">>

/** The same for a proxy that is a process of its own. */
export type StartProxyProcess = (backend: URL) => Promise<ProxyProcess>
