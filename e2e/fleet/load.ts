import { Agent, request } from "node:http"
import { connect } from "node:http2"
import type { ClientHttp2Session, SecureClientSessionOptions } from "node:http2"
import { setTimeout as wait } from "node:timers/promises"
import { callBody, callFields, callOverHttp2, outcomeOf } from "../attack/web-call.ts"
import type { CallOutcome } from "../attack/web-call.ts"

const path = "/test.Service/Method"
const clients = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]
const carriers = ["HTTP/1.1", "h2c"] as const
/** A call is not begun so much later than it was due: the machine is too slow for the rate, and a burst would make it slower. */
const lateMs = 100
/** No pause of a busy machine lasts as long: the verdict must not depend on its speed. */
const callTimeoutMs = 30_000

export type Carrier = (typeof carriers)[number]

/** The calls of one carrier. */
export interface CarrierReport {
  readonly carrier: Carrier
  readonly calls: number
  /** In milliseconds, from the time at which a call was due. */
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
}

/** Calls at a fixed rate that does not wait for answers (an open loop), in turn over HTTP/1.1 and h2c, from four addresses. */
export class Load {
  begun = 0
  ended = 0
  /** Calls that were answered with OK. */
  answered = 0
  /** Calls that were due and not begun: this process had no time for them, or too many calls were open. */
  missed = 0
  /** Each outcome but OK, with its number of calls. */
  readonly lost = new Map<CallOutcome, number>()
  readonly #latencies: Readonly<Record<Carrier, number[]>> = { "HTTP/1.1": [], h2c: [] }
  readonly #agents = clients.map((localAddress) => new Agent({ keepAlive: true, localAddress }))
  readonly #sessions: (ClientHttp2Session | null)[] = clients.map(() => null)
  readonly #address: string

  constructor(address: string) {
    this.#address = address
  }

  /** Makes calls for this time, and waits for their answers. At most as many calls as come in a second are open at one time. */
  async run(seconds: number, ratePerSecond: number): Promise<void> {
    const startMs = performance.now()
    const total = Math.round(seconds * ratePerSecond)
    const open = new Set<Promise<void>>()
    for (let index = 0; index < total; index++) {
      const dueMs = startMs + (index * 1_000) / ratePerSecond
      while (performance.now() < dueMs) await wait(1)
      if (performance.now() - dueMs > lateMs || open.size >= ratePerSecond) this.missed++
      else {
        const call = this.#call(index, dueMs)
        open.add(call)
        void call.then(() => open.delete(call))
      }
    }
    await Promise.all(open)
  }

  /** Closes every connection. */
  close(): void {
    for (const agent of this.#agents) agent.destroy()
    for (const session of this.#sessions) session?.destroy()
  }

  reports(): CarrierReport[] {
    return carriers.map((carrier) => {
      const sorted = Float64Array.from(this.#latencies[carrier]).sort()
      const percentile = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
      return { carrier, calls: sorted.length, p50Ms: percentile(0.5), p95Ms: percentile(0.95), maxMs: percentile(1) }
    })
  }

  async #call(index: number, dueMs: number): Promise<void> {
    this.begun++
    const client = index % clients.length
    const carrier = carriers[Math.floor(index / clients.length) % carriers.length]
    const outcome = await (carrier === "h2c"
      ? callOverHttp2(this.#session(client), path, callTimeoutMs)
      : this.#http1(client))
    this.ended++
    this.#latencies[carrier].push(performance.now() - dueMs)
    if (outcome === "ok") this.answered++
    else this.lost.set(`${carrier}: ${outcome}`, (this.lost.get(`${carrier}: ${outcome}`) ?? 0) + 1)
  }

  #session(client: number): ClientHttp2Session {
    const known = this.#sessions[client]
    if (known !== null && !known.closed && !known.destroyed) return known
    const session = connect(this.#address, { localAddress: clients[client] } as SecureClientSessionOptions)
    session.on("error", () => {})
    this.#sessions[client] = session
    return session
  }

  #http1(client: number): Promise<CallOutcome> {
    return new Promise((resolve) => {
      const options = { method: "POST", path, headers: callFields, agent: this.#agents[client] }
      const sent = request(this.#address, options, (response) => {
        const parts: Buffer[] = []
        response.on("data", (chunk: Buffer) => parts.push(chunk)).on("error", () => {})
        response.on("close", () => {
          clearTimeout(timer)
          resolve(outcomeOf(response.statusCode ?? 0, response.headers, Buffer.concat(parts)))
        })
      })
      const timer = setTimeout(() => {
        resolve(`no answer within ${callTimeoutMs} ms`)
        sent.destroy()
      }, callTimeoutMs)
      sent.on("error", (error: Error) => {
        clearTimeout(timer)
        resolve(error.message)
      })
      sent.end(callBody)
    })
  }
}
