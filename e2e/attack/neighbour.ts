// The healthy neighbour runs in a separate process. It starts 100 calls a second and does not wait for earlier answers. Nine of ten
// calls go over one HTTP/2 connection. Every tenth call opens a new HTTP/1.1 connection, as a newly opened page does.

import { connect } from "node:http2"
import type { ClientHttp2Session } from "node:http2"
import { request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import { Channel } from "./channel.ts"
import type { LostCall, PhaseReport } from "./neighbour-report.ts"
import { pathOf } from "./backend-modes.ts"
import { callBody, callFields, callOverHttp2, callTimeoutMs, outcomeOf } from "./web-call.ts"
import type { CallOutcome } from "./web-call.ts"

const everyMs = 10
const maxLostKept = 5_000

interface Phase {
  readonly name: string
  readonly latencies: number[]
  readonly lost: LostCall[]
  calls: number
}

const channel = new Channel(process)
const phases: Phase[] = []
const path = pathOf("Echo")
let address = new URL("http://127.0.0.1")
let session: ClientHttp2Session | null = null
let phase: Phase | null = null
let open = 0
let isOver = false

channel.on<{ kind: "start"; address: string }>("start", (message) => {
  address = new URL(message.address)
  void callAtFixedTimes()
})
channel.on<{ kind: "phase"; name: string }>("phase", ({ name }) => {
  const ended = phase
  phase = { name, latencies: [], lost: [], calls: 0 }
  if (ended !== null) phases.push(ended)
})
channel.on("finish", () => {
  isOver = true
  if (phase !== null) phases.push(phase)
  void report()
})
process.on("disconnect", () => process.exit(0))
channel.send({ kind: "ready" })

async function callAtFixedTimes(): Promise<void> {
  const startMs = performance.now()
  for (let count = 0; !isOver; count++) {
    const dueMs = startMs + count * everyMs
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (phase !== null) void makeCall(phase, count % 10 === 9, dueMs)
  }
}

/** Makes a call. Its latency counts from the time at which the call was due. */
async function makeCall(own: Phase, isFresh: boolean, dueMs: number): Promise<void> {
  open++
  own.calls++
  const startedAt = Date.now()
  const outcome = isFresh ? await callOverNewConnection() : await callOverHttp2(currentSession(), path)
  own.latencies.push(performance.now() - dueMs)
  const isHttp1 = isFresh
  if (outcome !== "ok" && own.lost.length < maxLostKept) {
    own.lost.push({ startedAt, endedAt: Date.now(), outcome, isHttp1 })
  }
  open--
}

function currentSession(): ClientHttp2Session {
  if (session !== null && !session.closed && !session.destroyed) return session
  session = connect(address.origin, { rejectUnauthorized: false })
  session.on("error", () => {})
  session.on("goaway", () => (session = null))
  return session
}

function callOverNewConnection(): Promise<CallOutcome> {
  return new Promise((resolve) => {
    const request = address.protocol === "https:" ? httpsRequest : httpRequest
    const options = { method: "POST", path, headers: callFields, agent: false, rejectUnauthorized: false }
    const sent = request(address.origin, options, (response) => {
      const parts: Buffer[] = []
      response.on("data", (chunk: Buffer) => parts.push(chunk))
      response.on("error", () => {})
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

/** Waits for the open calls. Each call has its own time limit. */
async function report(): Promise<void> {
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const reports: PhaseReport[] = phases.map(({ name, calls, latencies, lost }) => {
    const sorted = Float64Array.from(latencies).sort()
    const percentile = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
    return { name, calls, lost, p50Ms: percentile(0.5), p99Ms: percentile(0.99) }
  })
  channel.send({ kind: "phases", phases: reports })
}
