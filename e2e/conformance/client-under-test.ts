// Our client as the suite's client under test: `node client-under-test.ts <node, chromium or firefox>`. Requests come on
// stdin, many at once; answers leave in the order in which the calls end. stdout is the suite's protocol.

import {
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
  type ClientCompatRequest,
  type ClientCompatResponse,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"
import { runCase } from "./run-case.ts"
import { decodeSizeDelimited, encodeSizeDelimited } from "./size-delimited.ts"

/** Where our client runs. */
export interface Engine {
  /** Cases at once. */
  readonly concurrency: number
  runCase(request: ClientCompatRequest): Promise<ClientCompatResponse>
  close(): Promise<void>
}

const engine = await startEngine(process.argv[2])
const requests = decodeSizeDelimited(ClientCompatRequestSchema, process.stdin)
await Promise.all(Array.from({ length: engine.concurrency }, answerRequests))
await engine.close()

/** One lane of several, which share the requests between them. */
async function answerRequests(): Promise<void> {
  for await (const request of requests) {
    process.stdout.write(encodeSizeDelimited(ClientCompatResponseSchema, await engine.runCase(request)))
  }
}

async function startEngine(name: string | undefined): Promise<Engine> {
  switch (name) {
    case "node":
      return { concurrency: 32, runCase, close: async () => {} }
    case "chromium":
    case "firefox":
      return (await import("./browser-engine.ts")).browserEngine(name)
    default:
      throw new Error("Usage: node client-under-test.ts <node, chromium or firefox>")
  }
}
