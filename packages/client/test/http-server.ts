import { createServer } from "node:http"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { onTestFinished } from "vitest"

/** A web server on a free port of the loopback interface, for one test. */
export interface TestServer {
  readonly baseUrl: string
  /** All connections that were ever made to it. */
  readonly connections: readonly Socket[]
}

/** Starts a server that ends with the test. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  const connections: Socket[] = []
  const server = createServer(listener)
  server.on("connection", (socket) => connections.push(socket))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { baseUrl: `http://127.0.0.1:${port}`, connections }
}

/** Begins a gRPC-Web answer. */
export function begin(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/grpc-web+proto" })
  response.flushHeaders()
}

/** Resolves when the client's request or connection is gone. */
export function gone(request: IncomingMessage): Promise<void> {
  const { socket } = request
  return socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()))
}
