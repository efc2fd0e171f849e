import { BridgeError } from "../core/errors.ts"
import type { Client } from "./clients.ts"
import { waitingOf } from "./clients.ts"

/** Streams that one client address may hold: three quarters of the backend's capacity, so that other clients always get some. */
export function streamsPerClient(capacity: number): number {
  return Math.max(1, Math.ceil(capacity * 0.75))
}

/** Waiting calls that one client address may have: half of the queue. */
export function waitingPerClient(maxWaiting: number): number {
  return Math.ceil(maxWaiting / 2)
}

const sharedAddress =
  "Users behind one proxy count as one client, unless --trusted-proxies names the proxy. Try again when some of its calls have ended"

/** The error of a client with as many calls as `--max-calls-per-client` allows. */
export function tooManyCalls(client: Client, max: number): BridgeError {
  return new BridgeError(
    "client-busy",
    `The client ${client.key} has ${client.streams + waitingOf(client)} open calls; this bridge allows ${max} (--max-calls-per-client, or limits.calls-per-client in the configuration file). ${sharedAddress}`,
  )
}

/** The error of a client with as many waiting calls as one client may have. */
export function tooManyWaiting(client: Client, max: number): BridgeError {
  return new BridgeError(
    "client-busy",
    `The client ${client.key} has ${waitingOf(client)} calls that wait for the backend; one client may have ${max}, half of the queue (--max-queued, or breaker.max-queued in the configuration file). ${sharedAddress}`,
  )
}
