import type { AddressInfo, Socket } from "node:net"
import { createServer } from "node:net"

/** A server that answers a client with raw bytes. */
export interface RawWebServer {
  readonly url: string
  /** The complete requests received, head and body as Latin-1. */
  readonly requests: readonly string[]
  /** The number of requests whose client closed the connection before the answer. */
  readonly abandoned: number
  close(): Promise<void>
}

/** Answers every request with these bytes and closes the connection; null: never answers. */
export async function startRawWebServer(answer: Uint8Array | null): Promise<RawWebServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let abandoned = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    let received = ""
    let hasAsked = false
    socket.on("error", () => {})
    socket.on("close", () => {
      if (hasAsked && answer === null) abandoned++
    })
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1")
      if (!isWhole(received)) return
      requests.push(received)
      received = ""
      hasAsked = true
      if (answer !== null) socket.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get abandoned() {
      return abandoned
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The length of the request body: the client always sends its length, or has no body. */
function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n")
  if (end < 0) return false
  const length = /^content-length: *(\d+)/im.exec(received.slice(0, end))?.[1] ?? "0"
  return received.length >= end + 4 + Number(length)
}
