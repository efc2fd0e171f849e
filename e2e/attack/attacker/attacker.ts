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

/** The target and the size of an attack. */
export interface Aim {
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly address: string
  /** The base URL of the admin pages. Null: the target has none. */
  readonly admin: string | null
  /** A short run: each attack uses the smaller of its two numbers. */
  readonly isQuick: boolean
}

const connectTimeoutMs = 10_000

/** The tools of an attack: connections from its own address, and the report that the attack writes. */
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

  /** Returns the first number in a full run, the second in a quick run. */
  many(whole: number, quick: number): number {
    return this.isQuick ? quick : whole
  }

  /** Adds a number to the report. */
  note(name: string, value: number): void {
    this.#notes[name] = Math.round(value * 100) / 100
  }

  /** Adds the sentence to the report as a problem if the condition is false. */
  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.#problems.push(otherwise)
  }

  /** Counts calls that are open at the same time. Each open call costs any proxy some memory. */
  countCalls(count: number): void {
    this.#openCalls += count
  }

  /** Waits while the attack's connections and calls stay open. */
  async hold(ms: number): Promise<void> {
    await after(ms)
  }

  /**
   * Opens a TCP connection. Writes nothing on it.
   * @throws when the connection fails
   */
  async connect(localAddress = "127.0.0.2"): Promise<Socket> {
    const socket = this.#own(connectTcp({ host: this.#url.hostname, port: Number(this.#url.port), localAddress }))
    return untilOpen(socket, "connect")
  }

  /** Opens a TLS connection whose handshake agreed on this protocol. */
  async connectTls(protocol: "http/1.1" | "h2"): Promise<Socket> {
    const socket = await this.connect()
    return untilOpen(connectTls({ socket, ALPNProtocols: [protocol], rejectUnauthorized: false }), "secureConnect")
  }

  /** Opens an HTTP/2 connection on which the attack writes its own frames. */
  async http2Line(options: Http2LineOptions = {}): Promise<Http2Line> {
    return new Http2Line(await this.connect(options.localAddress), options)
  }

  /** Opens an HTTP/2 session of Node, for calls whose outcome is judged. */
  async http2Session(options: ClientSessionOptions = {}, localAddress?: string): Promise<ClientHttp2Session> {
    const socket = await this.connect(localAddress)
    const session = connectHttp2(this.#url.origin, { ...options, createConnection: () => socket })
    session.on("error", () => {})
    return session
  }

  /** Kills the backend and starts another on its port. Resolves when the new backend listens. */
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

  /** Sends SIGTERM to the target. Returns the time until its process has ended, in milliseconds. */
  async stopTarget(): Promise<number> {
    return (await this.#channel.ask<Message & { ms: number }>({ kind: "stop-target" }, "target-stopped")).ms
  }

  /** Returns the text of the target's metrics. Null: the target has none. */
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

/** Calls `act` a number of times, with a limit on calls at the same time. */
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
