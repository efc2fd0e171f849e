import { request } from "node:http"
import { text } from "node:stream/consumers"

import { create } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { type WatchBridgeResponse, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"

import { bridgeSnapshot } from "./bridge-snapshot.ts"
import { parsePrometheusText } from "./prometheus-text.ts"

/**
 * The timeout of a request to the admin port, in milliseconds. Longer than any admin page takes, and short for a user.
 */
const TIMEOUT_MS = 2_000

/**
 * Reads the state of the bridge with this admin address (`http://host:port`; null: unknown). Never rejects: an
 * unreachable bridge is a state with a message.
 *
 * The bridge reports event-loop delays since the previous reading by any reader.
 */
export async function readBridge(adminUrl: string | null): Promise<WatchBridgeResponse> {
  const state = adminUrl === null ? unreachable(unknownAdmin) : await readState(adminUrl)
  return create(WatchBridgeResponseSchema, { time: timestampFromMs(Date.now()), state })
}

const unknownAdmin =
  "This server does not know where the bridge’s admin port is: npm start tells it, a server started alone does not."

async function readState(adminUrl: string) {
  try {
    const [metrics, readiness] = await Promise.all([get(`${adminUrl}/metrics`), get(`${adminUrl}/readyz`)])
    if (metrics.status !== 200) throw new Error(`/metrics answered with HTTP ${metrics.status}`)
    const isReady = readiness.status === 200
    const notReadyReason = isReady ? "" : readiness.body.trim().replace(/^not ready: /, "")
    const value = bridgeSnapshot(parsePrometheusText(metrics.body), { isReady, notReadyReason })
    return { case: "snapshot" as const, value }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return unreachable(`The bridge’s admin port ${adminUrl} gave no numbers (${why}). Is the bridge running?`)
  }
}

function unreachable(message: string) {
  return { case: "unreachable" as const, value: { message } }
}

/** Uses a new connection: a kept one may belong to a bridge that is gone. */
function get(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    })
    asked.on("error", reject).end()
  })
}
