import type { ConnectionFailure, ConnectionRefusal, Observer } from "../core/observer.ts"
import type { Log } from "./events.ts"

/** One event of a kind in this time is told, with the number of those that were not: strangers can cause as many as they like. */
const quietMs = 10_000

const refusals: Readonly<Record<Exclude<ConnectionRefusal, "draining">, string>> = {
  "max-connections": "a client's connection was refused: as many are open as --max-connections allows",
  "max-connections-per-address":
    "a client's connection was refused: its address has as many open as --max-connections-per-address allows; if it is a proxy, name it in --trusted-proxies",
}

/** Failures of an ordinary day: port scans, clients that leave in the middle, slow networks. */
const usual: ReadonlySet<ConnectionFailure> = new Set(["tls-handshake", "slow-head", "truncated", "goaway"])

type ConnectionEvents = Pick<Observer, "connectionRefused" | "connectionFailed" | "descriptorsExhausted">

/** Tells the log of clients' connections that were refused or failed. */
export function connectionEvents(log: Log, now: () => number): ConnectionEvents {
  const quiet = new Quiet(now)
  return {
    connectionRefused(why) {
      if (why === "draining") return
      const untold = quiet.untold(why)
      if (untold !== null) log.warn(refusals[why], { untold })
    },
    connectionFailed(reason, peer, why) {
      const untold = quiet.untold(reason)
      if (untold === null) return
      const fields = { reason, peer, why, untold }
      if (usual.has(reason)) log.debug("a client's connection failed", fields)
      else log.info("a client's connection failed", fields)
    },
    descriptorsExhausted(code) {
      const untold = quiet.untold(code)
      if (untold === null) return
      log.error(
        "no file descriptor is left: the system drops new connections unseen, and the backend cannot be dialled; raise ulimit -n, or lower --max-connections",
        { code, untold },
      )
    },
  }
}

/** Lets one event of each kind through in `quietMs`. */
class Quiet {
  readonly #now: () => number
  readonly #kinds = new Map<string, { toldAt: number; untold: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** How many of this kind were not told since the last that was; null: nor is this one to be told. */
  untold(kind: string): number | null {
    const known = this.#kinds.get(kind)
    const now = this.#now()
    if (known !== undefined && now - known.toldAt < quietMs) {
      known.untold++
      return null
    }
    this.#kinds.set(kind, { toldAt: now, untold: 0 })
    return known?.untold ?? 0
  }
}
