import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire"
import { WatchRequestSchema, WatchResponseSchema } from "./gen/feed_pb.ts"
import type { FeedRequest } from "./page.ts"

/** Serves a page, and feeds in gRPC-Web from the page's origin, without a proxy between client and server. */
export interface FeedServer {
  readonly origin: string
  close(): Promise<void>
}

const prefixBytes = 5
/** The size of one write: about the size of a socket's buffer. */
const chunkBytes = 64 * 1024
const trailers = Buffer.from("grpc-status:0\r\n")

/** Serves what Vite has built into `dir`, and the feeds of these requests, on a free port. */
export async function startFeedServer(dir: string, requests: readonly FeedRequest[]): Promise<FeedServer> {
  // Encoded before the measurement, so that no client waits for the server.
  const feeds = new Map(requests.map((request) => [keyOf(request), encodeFeed(request)]))
  const server = createServer((request, response) => {
    const answer = request.method === "POST" ? sendFeed(request, response, feeds) : sendFile(dir, request.url, response)
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

function keyOf({ eventCount, payloadBytes }: FeedRequest): string {
  return `${eventCount} of ${payloadBytes}`
}

/** A feed in pieces that are written one by one. The payloads of long events share one buffer. */
function encodeFeed({ eventCount, payloadBytes }: FeedRequest): readonly Buffer[] {
  const payload = Buffer.alloc(payloadBytes, 7)
  const payloadHead = new BinaryWriter().tag(4, WireType.LengthDelimited).uint32(payloadBytes).finish()
  const pieces: Buffer[] = []
  let waiting: Buffer[] = []
  let waitingBytes = 0
  const flush = (): void => {
    pieces.push(Buffer.concat(waiting))
    waiting = []
    waitingBytes = 0
  }
  for (let sequence = 0; sequence < eventCount; sequence++) {
    const event = create(WatchResponseSchema, { sequence: BigInt(sequence), actor: "ada", action: "user.updated" })
    const head = Buffer.concat([toBinary(WatchResponseSchema, event), payloadHead])
    const isLong = payloadBytes >= chunkBytes
    waiting.push(encodePrefix(0, head.length + payloadBytes), head, ...(isLong ? [] : [payload]))
    waitingBytes += prefixBytes + head.length + payloadBytes
    if (waitingBytes >= chunkBytes) flush()
    if (isLong) pieces.push(payload)
  }
  // gRPC-Web: the trailers are the last frame.
  waiting.push(encodePrefix(0x80, trailers.length), trailers)
  flush()
  return pieces
}

/** No faster than the page reads. */
async function sendFeed(
  request: IncomingMessage,
  response: ServerResponse,
  feeds: ReadonlyMap<string, readonly Buffer[]>,
): Promise<void> {
  const body = Buffer.concat(await request.toArray())
  const key = keyOf(fromBinary(WatchRequestSchema, body.subarray(prefixBytes)))
  const feed = feeds.get(key)
  if (feed === undefined) throw new Error(`a feed of ${key} was asked for, there is ${[...feeds.keys()].join(", ")}`)
  response.writeHead(200, { "content-type": "application/grpc-web+proto" })
  for (const piece of feed) if (!response.write(piece)) await once(response, "drain")
  response.end()
}

/** gRPC-Web: a flag, and the length in four bytes; the message follows or, after 0x80, the trailers. */
function encodePrefix(flag: number, length: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt8(flag, 0)
  prefix.writeUInt32BE(length, 1)
  return prefix
}

async function sendFile(dir: string, path = "/", response: ServerResponse): Promise<void> {
  const content = await readFile(join(dir, path)).catch(() => null)
  const type = extname(path) === ".html" ? "text/html" : "text/javascript"
  response.writeHead(content === null ? 404 : 200, { "content-type": type }).end(content)
}
