import type { ConnectionFailure, ConnectionRefusal, Observer } from "../core/observer.ts"
import type { Log } from "./log.ts"
import { Repeats } from "./repeats.ts"

const refusals: Readonly<Record<Exclude<ConnectionRefusal, "draining">, string>> = {
  "max-connections": "a client's connection was refused: as many are open as --max-connections allows",
  "max-connections-per-address":
    "a client's connection was refused: its address has as many open as --max-connections-per-address allows; if it is a proxy, name it in --trusted-proxies",
}

/** Failures that are common and harmless: port scans, clients that leave early, slow networks. */
const usual: ReadonlySet<ConnectionFailure> = new Set(["tls-handshake", "slow-head", "truncated", "goaway"])

type ConnectionEvents = Pick<Observer, "connectionRefused" | "connectionFailed" | "descriptorsExhausted">

/** Logs refused and failed connections of clients. */
export function connectionEvents(log: Log, now: () => number): ConnectionEvents {
  const repeats = new Repeats(now)
  return {
    connectionRefused(why) {
      if (why === "draining") return
      const sinceLastLine = repeats.add(why)
      if (sinceLastLine > 0) log.warn(refusals[why], { sinceLastLine })
    },
    connectionFailed(reason, peer, why) {
      const sinceLastLine = repeats.add(reason)
      if (sinceLastLine === 0) return
      const fields = { reason, peer, why, sinceLastLine }
      if (usual.has(reason)) log.debug("a client's connection failed", fields)
      else log.info("a client's connection failed", fields)
    },
    descriptorsExhausted(code) {
      const sinceLastLine = repeats.add(code)
      if (sinceLastLine === 0) return
      log.error(
        "no file descriptor is left: the system drops new connections unseen, and the backend cannot be dialled; raise ulimit -n, or lower --max-connections",
        { code, sinceLastLine },
      )
    },
  }
}
