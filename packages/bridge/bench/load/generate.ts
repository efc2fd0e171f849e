// The load generator, a process of its own: makes the calls of the specification in its argument and prints one line of JSON.

import { encodeFrame } from "@causeway/protocol"
import { AnswerReader } from "./answer-reader.ts"
import type { CallEvents, ClientConnection, LoadCall } from "./client-connection.ts"
import { prepareBlock } from "./hpack-block.ts"
import { Http1Connection, prepareHttp1 } from "./http1-connection.ts"
import { Http2Connection } from "./http2-connection.ts"
import type { LoadResult, LoadSpec } from "./load-spec.ts"
import { latencyOf } from "./load-spec.ts"
import { preparedRequests } from "./request-fields.ts"

const spec = JSON.parse(process.argv[2] ?? "") as LoadSpec
const { pace } = spec
const callsInAll = pace.kind === "hold" ? spec.connections * spec.callsPerConnection : pace.calls
const times = new Float64Array(callsInAll)
const lateness = new Float64Array(callsInAll)
let [begun, done] = [0, 0]
/** Calls of an open pace that are due and find every connection busy. The latency has their wait. */
const waiting: number[] = []

const events: CallEvents = {
  progressed(connection, call) {
    if (call.answer.messages === 0) return
    if (pace.kind === "abort") abort(connection, call)
    else if (pace.kind === "hold" && times[call.number] === 0) finish(call)
  },
  ended(connection, call) {
    const problem = call.answer.problem()
    if (problem !== null) return events.failed(problem)
    finish(call)
    beginNext(connection)
  },
  failed(problem) {
    process.stderr.write(`${problem}\n`)
    process.exit(1)
  },
}
const openConnection = connector()
const connections = Array.from({ length: spec.connections }, openConnection)
const free: ClientConnection[] = []
if (pace.kind === "open") paceCalls(pace.callsPerSecond)
else for (let i = 0; i < spec.callsPerConnection; i++) for (const connection of connections) beginNext(connection)

function connector(): () => ClientConnection {
  const message = new Uint8Array(spec.requestMessageBytes)
  message[0] = spec.mark
  const body = Buffer.concat(Array.from({ length: spec.requestMessages }, () => encodeFrame(0, message)))
  const sent = spec.protocol === "grpc-web-text" ? Buffer.from(body.toString("base64"), "latin1") : body
  if (spec.carrier === "http1") {
    const requests = prepareHttp1(spec, sent)
    return () => new Http1Connection(spec, requests, events)
  }
  const blocks = Array.from({ length: preparedRequests }, (_, i) => prepareBlock(spec, i))
  return () => new Http2Connection(spec, blocks, sent, events)
}

function beginNext(connection: ClientConnection): void {
  if (pace.kind === "open") {
    const dueMs = waiting.shift()
    if (dueMs === undefined) free.push(connection)
    else begin(connection, dueMs)
  } else if (begun < callsInAll) begin(connection, performance.now())
}

function begin(connection: ClientConnection, dueMs: number): void {
  const number = begun++
  connection.begin({ number, dueMs, answer: new AnswerReader(spec) })
}

function abort(connection: ClientConnection, call: LoadCall): void {
  connection.abort(call)
  finish(call)
  beginNext(spec.carrier === "http1" && begun < callsInAll ? openConnection() : connection)
}

function finish(call: LoadCall): void {
  times[call.number] = performance.now() - call.dueMs
  if (++done < callsInAll) return
  const result: LoadResult = { ...latencyOf(times), lateP99: latencyOf(lateness).p99 }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  if (pace.kind === "hold") process.stdin.on("end", () => process.exit()).resume()
  else setTimeout(() => process.exit(), 50) // the last reset frames leave first
}

/** Calls arrive as from many independent clients: the times between them are distributed exponentially. */
function paceCalls(callsPerSecond: number): void {
  for (let i = 0; i < spec.callsPerConnection; i++) free.push(...connections)
  let dueMs = performance.now() + 100
  let planned = 0
  const tick = (): void => {
    const now = performance.now()
    for (; planned < callsInAll && dueMs <= now; planned++) {
      lateness[planned] = now - dueMs
      const connection = free.shift()
      if (connection === undefined) waiting.push(dueMs)
      else begin(connection, dueMs)
      dueMs -= (Math.log(1 - Math.random()) * 1_000) / callsPerSecond
    }
    if (planned < callsInAll) setTimeout(tick, 1)
  }
  tick()
}
