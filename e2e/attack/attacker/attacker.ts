import type { Socket } from "node:net"
import { connect as connectTcp } from "node:net"
import { connect as connectHttp2 } from "node:http2"
import type { ClientHttp2Session, ClientSessionOptions } from "node:http2"
import { connect as connectTls } from "node:tls"
import { setTimeout as after } from "node:timers/promises"
import type { AttackReport } from "../attack-report.ts"
import type { Channel, Message } from "../channel.ts"
import { readMetrics } from "../read-metrics.ts"
import { Http2Line } from "./http2-line.ts"
import type { Http2LineOptions } from "./http2-line.ts"

/** Where an attack is aimed, and how large it is. */
export interface Aim {
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly address: string
  /** The base of the admin pages; null: the target has none. */
  readonly admin: string | null
  /** A short run: each attack with the smaller of its numbers. */
  readonly isQuick: boolean
}

const connectTimeoutMs = 10_000

/** All that an attack has in its hands: connections from its own address, and the report that it fills. */
export class Attacker {
  readonly isQuick: boolean
  readonly admin: string | null
  readonly #url: URL
  readonly #channel: Channel
  readonly #sockets = new Set<Socket>()
  readonly #notes: Record<string, number> = {}
  readonly #problems: string[] = []
  #bytesOfClosed = 0
  #connections = 0
  #openCalls = 0

  constructor(aim: Aim, channel: Channel) {
    this.#url = new URL(aim.address)
    this.#channel = channel
    this.admin = aim.admin
    this.isQuick = aim.isQuick
  }

  /** How many of something: the first number in a whole run, the second in a quick one. */
  many(whole: number, quick: number): number {
    return this.isQuick ? quick : whole
  }

  /** Puts a number into the report. */
  note(name: string, value: number): void {
    this.#notes[name] = Math.round(value * 100) / 100
  }

  /** Puts the sentence into the report as a problem unless it holds. */
  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.#problems.push(otherwise)
  }

  /** Counts calls that the target holds at once: each costs any proxy some memory. */
  countCalls(count: number): void {
    this.#openCalls += count
  }

  /** Holds everything as it is for a while. */
  async hold(ms: number): Promise<void> {
    await after(ms)
  }

  /**
   * A TCP connection, whatever the target speaks on it.
   * @throws when it cannot be had
   */
  async connect(localAddress = "127.0.0.2"): Promise<Socket> {
    const socket = this.#own(connectTcp({ host: this.#url.hostname, port: Number(this.#url.port), localAddress }))
    return untilOpen(socket, "connect")
  }

  /** A connection after its TLS handshake, which agreed on this protocol. */
  async connectTls(protocol: "http/1.1" | "h2"): Promise<Socket> {
    const socket = await this.connect()
    return untilOpen(connectTls({ socket, ALPNProtocols: [protocol], rejectUnauthorized: false }), "secureConnect")
  }

  /** An HTTP/2 connection of hand-made frames. */
  async http2Line(options: Http2LineOptions = {}): Promise<Http2Line> {
    return new Http2Line(await this.connect(options.localAddress), options)
  }

  /** An HTTP/2 connection as Node makes it, for calls that are judged. */
  async http2Session(options: ClientSessionOptions = {}, localAddress?: string): Promise<ClientHttp2Session> {
    const socket = await this.connect(localAddress)
    const session = connectHttp2(this.#url.origin, { ...options, createConnection: () => socket })
    session.on("error", () => {})
    return session
  }

  /** Kills the backend and starts another on its port; resolves when the new one listens. */
  async restartBackend(): Promise<void> {
    await this.#channel.ask<Message>({ kind: "restart-backend" }, "backend-restarted")
  }

  /** Connections that the backend has accepted so far. */
  async backendSessions(): Promise<number> {
    const counted = await this.#channel.ask<Message & { sessions: number }>(
      { kind: "count-backend" },
      "backend-counted",
    )
    return counted.sessions
  }

  /** Sends SIGTERM to the target and gives the time until its process has ended. Milliseconds. */
  async stopTarget(): Promise<number> {
    return (await this.#channel.ask<Message & { ms: number }>({ kind: "stop-target" }, "target-stopped")).ms
  }

  /** The text of the target's metrics; null: it has none. */
  async scrape(): Promise<string | null> {
    return this.admin === null ? null : readMetrics(this.admin)
  }

  report(): AttackReport {
    let bytesSent = this.#bytesOfClosed
    for (const socket of this.#sockets) bytesSent += socket.bytesWritten
    const [connections, openCalls] = [this.#connections, this.#openCalls]
    return { bytesSent, connections, openCalls, notes: this.#notes, problems: this.#problems }
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket)
    this.#connections++
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.on("close", () => {
      this.#sockets.delete(socket)
      this.#bytesOfClosed += socket.bytesWritten
    })
    return socket
  }
}

/** Calls `act` so many times, and so many of them at once. */
export async function repeat(times: number, atOnce: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < times) await act(next++)
  }
  await Promise.all(Array.from({ length: Math.min(times, atOnce) }, lane))
}

function untilOpen<T extends Socket>(socket: T, event: "connect" | "secureConnect"): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error(`no ${event} within ${connectTimeoutMs} ms`)), connectTimeoutMs)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    socket.once("error", fail)
    socket.once("close", () => fail(new Error(`closed before ${event}`)))
    socket.once(event, () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}
