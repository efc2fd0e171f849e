import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { WatchRequestSchema, WatchResponseSchema } from "./gen/feed_pb.ts"

/** Serves a page, and the feed in gRPC-Web from the same origin: nothing but the two ends stands between client and bytes. */
export interface FeedServer {
  readonly origin: string
  close(): Promise<void>
}

const prefixBytes = 5
/** What is written at once: about what a socket takes. */
const chunkBytes = 64 * 1024
const trailers = Buffer.from("grpc-status:0\r\n")

/** Serves what Vite has built into `dir` on a free port. */
export async function startFeedServer(dir: string): Promise<FeedServer> {
  const server = createServer((request, response) => {
    const answer = request.method === "POST" ? sendFeed(request, response) : sendFile(dir, request.url ?? "/", response)
    answer.catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

/** Events are encoded while they are sent, a chunk at a time, and no faster than the page reads. */
async function sendFeed(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray())
  const { eventCount, payloadBytes } = fromBinary(WatchRequestSchema, body.subarray(prefixBytes))
  const payload = new Uint8Array(payloadBytes).fill(7)
  response.writeHead(200, { "content-type": "application/grpc-web+proto" })
  let waiting: Buffer[] = []
  let waitingBytes = 0
  for (let sequence = 0; sequence < eventCount; sequence++) {
    const event = create(WatchResponseSchema, {
      sequence: BigInt(sequence),
      actor: "ada",
      action: "user.updated",
      payload,
    })
    const frame = encodeFrame(0, toBinary(WatchResponseSchema, event))
    waiting.push(frame)
    waitingBytes += frame.length
    if (waitingBytes < chunkBytes) continue
    if (!response.write(Buffer.concat(waiting))) await once(response, "drain")
    waiting = []
    waitingBytes = 0
  }
  response.end(Buffer.concat([...waiting, encodeFrame(0x80, trailers)]))
}

/** gRPC-Web: a flag, the length in four bytes, then the message or, as 0x80, the trailers. */
function encodeFrame(flag: number, content: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + content.length)
  frame.writeUInt8(flag, 0)
  frame.writeUInt32BE(content.length, 1)
  frame.set(content, prefixBytes)
  return frame
}

async function sendFile(dir: string, path: string, response: ServerResponse): Promise<void> {
  const content = await readFile(join(dir, path)).catch(() => null)
  const type = extname(path) === ".html" ? "text/html" : "text/javascript"
  response.writeHead(content === null ? 404 : 200, { "content-type": type }).end(content)
}
