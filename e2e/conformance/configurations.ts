import { browserOptions } from "../browser/support/browsers.ts"
import type { Suite } from "./suite.ts"

/** One run of the suite: the program under test and its known failures. */
export interface Configuration {
  readonly name: string
  /** A short name of the run. */
  readonly about: string
  readonly mode: "server" | "client" | "both"
  /** The features under test: a file of this folder. */
  readonly features: string
  /** Our own cases, instead of the suite's: files of this folder. */
  readonly suites?: readonly string[]
  /** The client under test: an engine of client-under-test.ts. */
  readonly client?: Engine
  /** The bridge under test is in front of this server of the suite's. */
  readonly backend?: Exclude<keyof Suite, "connectconformance">
  /** Cases that must fail, as patterns: a file of this folder. */
  readonly knownFailing?: string
  /** The number of cases, including known failures. A smaller number means that cases were skipped. */
  readonly cases: number
  /** How many of them must fail. */
  readonly knownFailures: number
}

/** Where our client runs. */
export type Engine = "node" | "chromium" | "firefox"

/**
 * grpc-go itself does not answer a wrong number of request messages as the suite expects, and a bridge cannot detect a
 * wrong number.
 */
const grpcGo = { backend: "grpcserver", knownFailing: "grpc-go-known-failing.txt" } as const
const reference = { backend: "referenceserver", knownFailures: 0 } as const

const grpcWeb = { mode: "server", features: "bridge-grpc-web.yaml", cases: 728 } as const
const grpc = { mode: "server", features: "bridge-grpc.yaml", cases: 564 } as const
const ours = { knownFailures: 0, features: "client-browser.yaml" } as const
const client = { ...ours, mode: "client", about: "the client, before the reference and grpc-go servers" } as const
const answers = {
  ...client,
  about: "the client, before compressed and oversized answers",
  suites: ["client-answers.yaml"],
} as const
const both = { ...ours, mode: "both" } as const
const bothGo = { ...both, backend: "grpcserver", about: "the client and the bridge, before grpc-go" } as const
const bothReference = {
  ...both,
  backend: "referenceserver",
  about: "the client and the bridge, before the reference server",
} as const
const inNode = { client: "node", features: "client-node.yaml" } as const

/** Every run, the longest first. The numbers are those of v1.0.5. */
export const configurations: readonly Configuration[] = [
  { name: "bridge-web", about: "the bridge, gRPC-Web, before the reference server", ...grpcWeb, ...reference },
  { name: "bridge-web-go", about: "the bridge, gRPC-Web, before grpc-go", ...grpcWeb, ...grpcGo, knownFailures: 16 },
  { name: "bridge-grpc", about: "the bridge, gRPC, before the reference server", ...grpc, ...reference },
  { name: "bridge-grpc-go", about: "the bridge, gRPC, before grpc-go", ...grpc, ...grpcGo, knownFailures: 8 },
  { name: "client-firefox", ...client, client: "firefox", cases: 439 },
  { name: "client-chromium", ...client, client: "chromium", cases: 439 },
  { name: "both-firefox-go", ...bothGo, client: "firefox", cases: 204 },
  { name: "both-firefox", ...bothReference, client: "firefox", cases: 204 },
  { name: "both-chromium-go", ...bothGo, client: "chromium", cases: 204 },
  { name: "both-chromium", ...bothReference, client: "chromium", cases: 204 },
  { name: "client-node", ...client, ...inNode, cases: 197 },
  { name: "answers-firefox", ...answers, client: "firefox", cases: 27 },
  { name: "answers-chromium", ...answers, client: "chromium", cases: 27 },
  { name: "answers-node", ...answers, ...inNode, cases: 9 },
  { name: "both-node-go", ...bothGo, ...inNode, cases: 68 },
  { name: "both-node", ...bothReference, ...inNode, cases: 68 },
]

/** Whether this machine has everything that the configuration needs. */
export function canRun({ client }: Configuration): boolean {
  return client === undefined || client === "node" || browserOptions(client) !== null
}
