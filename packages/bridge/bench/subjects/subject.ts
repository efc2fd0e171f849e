import type { LoadSpec } from "../load/load-spec.ts"

/** The front of a subject: without TLS, or with it. */
export type Front = "plain" | "tls"

/** A running program under test. */
export interface Subject {
  readonly name: string
  /** Of all its processes. */
  readonly pids: readonly number[]
  readonly addresses: Readonly<Record<LoadSpec["carrier"], string | null>>
  /**
   * Compares the calls that the subject has logged and counted since the last time with those that it was sent. Null: it says nothing.
   * @throws when it missed some: then a program was measured that does less than it should
   */
  readonly checkObserved: ((calls: number) => Promise<void>) | null
  stop(): Promise<void>
}

/** The gRPC server behind the subjects. */
export interface Backend {
  readonly address: string
  readonly pid: number
}

/** A program that can be measured. */
export interface SubjectKind {
  readonly name: string
  readonly fronts: readonly Front[]
  /** Whether a failure of it ends the run. The others may lack things. */
  readonly isBridge: boolean
  readonly carriers: readonly LoadSpec["carrier"][]
  /** `grpc` alone: it knows no gRPC-Web. */
  readonly protocols: readonly LoadSpec["protocol"][]
  /**
   * Starts it in front of the backend. `folder` takes its files.
   * @throws with the reason when it cannot be had here
   */
  start(backend: Backend, folder: string, front: Front): Promise<Subject>
}

/** Fields of every gRPC-Web proxy for both versions of HTTP. */
export const anyWeb = { carriers: ["http1", "http2"], protocols: ["grpc-web", "grpc-web-text"] } as const
