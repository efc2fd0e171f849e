import { EventEmitter } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { describe, expect, it } from "vitest"
import type { ExchangeListener } from "../core/exchange.ts"
import type { Http1Connection } from "./http1-connection.ts"
import { Http1Exchange } from "./http1.ts"

const second = 1_000
const tenSeconds = 10 * second

/** An exchange over a fake socket that counts its reads. */
function scene(): { exchange: Http1Exchange; socket: { bytesRead: number; resumed: number }; unseen: () => number } {
  const socket = { bytesRead: 0, resumed: 0, resume: () => void socket.resumed++ }
  const flow = { pause() {}, resume() {}, read() {}, _read() {}, readableLength: 0, destroyed: false }
  const request = Object.assign(new EventEmitter(), flow, { socket, rawHeaders: [] })
  const connection = { peer: { address: "test", carrier: "http1", isTls: false }, began() {} }
  const exchange = new Http1Exchange(
    request as unknown as IncomingMessage,
    new EventEmitter() as unknown as ServerResponse,
    connection as unknown as Http1Connection,
    "coming",
  )
  let unseen = 0
  const listener: ExchangeListener = {
    data() {},
    end() {},
    gone() {},
    drained() {},
    crashed() {},
    tooFragmented() {},
    leavingUnseen: () => void unseen++,
  }
  exchange.start(listener)
  return { exchange, socket, unseen: () => unseen }
}

describe("an upload over HTTP/1.1 that is held back", () => {
  it("is read on up to 256 KiB, so that the client's close is noticed", () => {
    const { exchange, socket, unseen } = scene()
    exchange.lookForLeaving(0)
    expect(socket.resumed).toBe(0)
    exchange.pause()
    exchange.lookForLeaving(0)
    expect(socket.resumed).toBe(1)
    socket.bytesRead = 262_144
    exchange.lookForLeaving(tenSeconds)
    expect(socket.resumed).toBe(1)
    expect(unseen()).toBe(0)
  })

  it("ends after 30 s in which the client could have left unnoticed", () => {
    const { exchange, socket, unseen } = scene()
    exchange.pause()
    socket.bytesRead = 300_000
    exchange.lookForLeaving(0)
    exchange.lookForLeaving(29 * second)
    expect(unseen()).toBe(0)
    exchange.lookForLeaving(30 * second)
    expect(unseen()).toBe(1)
  })

  it("starts its time anew once it has flowed again", () => {
    const { exchange, socket, unseen } = scene()
    exchange.pause()
    socket.bytesRead = 300_000
    exchange.lookForLeaving(0)
    exchange.resume()
    exchange.lookForLeaving(3 * tenSeconds)
    exchange.pause()
    socket.bytesRead = 600_000
    exchange.lookForLeaving(4 * tenSeconds)
    expect(unseen()).toBe(0)
  })
})
