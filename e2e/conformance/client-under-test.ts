// Our client as the suite's client under test: `node client-under-test.ts <socket> <node, chromium or firefox>`. Requests come
// over a connection to the socket, many at once; answers leave in the order in which the calls end.

import type { Socket } from "node:net"
import type { Engine } from "./engine.ts"
import {
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"
import { runCase } from "./run-case.ts"
import { serveSuite } from "./serve-suite.ts"
import { decodeSizeDelimited, encodeSizeDelimited } from "./size-delimited.ts"

const [path, name] = process.argv.slice(2)
if (path === undefined) throw new Error("Usage: node client-under-test.ts <socket> <node, chromium or firefox>")

const engine = await startEngine(name)
await serveSuite(path, answerRequests)
await engine.close()

/** Answers requests in several parallel loops that share one stream of requests. */
async function answerRequests(socket: Socket): Promise<void> {
  const requests = decodeSizeDelimited(ClientCompatRequestSchema, socket.iterator({ destroyOnReturn: false }))
  const lane = async (): Promise<void> => {
    for await (const request of requests) {
      socket.write(encodeSizeDelimited(ClientCompatResponseSchema, await engine.runCase(request)))
    }
  }
  await Promise.all(Array.from({ length: engine.concurrency }, lane))
}

async function startEngine(name: string | undefined): Promise<Engine> {
  switch (name) {
    case "node":
      return { concurrency: 32, runCase, close: async () => {} }
    case "chromium":
    case "firefox":
      return (await import("./browser-engine.ts")).browserEngine(name)
    default:
      throw new Error("Usage: node client-under-test.ts <socket> <node, chromium or firefox>")
  }
}
