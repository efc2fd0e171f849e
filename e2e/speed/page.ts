import { createClient, createTransport, longMessages } from "@causeway/client"
import { createClient as createConnectClient } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { FeedService } from "./gen/feed_pb.ts"
import type { WatchRequest } from "./gen/feed_pb.ts"

/** The result of reading a stream with a client. */
export interface Reading {
  readonly events: number
  /** Of the payloads. */
  readonly bytes: number
  readonly ms: number
}

/** A client under test, by its name. */
export type ClientName = keyof typeof clients

/** The functions that the page offers on `window`. */
export interface SpeedPage {
  readonly readFeed: (client: ClientName, request: FeedRequest) => Promise<Reading>
}

/** The number of events and the length of each payload. */
export type FeedRequest = Pick<WatchRequest, "eventCount" | "payloadBytes">

const baseUrl = location.origin
const clients = {
  "@causeway/client": createClient(FeedService, createTransport({ baseUrl, longMessages: longMessages() })),
  "connect-web": createConnectClient(FeedService, createGrpcWebTransport({ baseUrl })),
}

async function readFeed(client: ClientName, request: FeedRequest): Promise<Reading> {
  const startMs = performance.now()
  let [events, bytes] = [0, 0]
  for await (const { sequence, payload } of clients[client].watch(request)) {
    if (sequence !== BigInt(events)) throw new Error(`event ${events} has the sequence number ${sequence}`)
    events += 1
    bytes += payload.length
  }
  return { events, bytes, ms: performance.now() - startMs }
}

Object.assign(window, { readFeed } satisfies SpeedPage)
