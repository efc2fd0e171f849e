import { durationMs } from "@bufbuild/protobuf/wkt"
import type { BridgeSnapshot } from "@causeway/proto/api/v1/bridge_pb"

import { byteWords, countWords, durationWords, rateWords } from "./bridge-words.ts"
import { type Rates, ratesBetween, type Reading } from "./rates.ts"
import { StatTile } from "./stat-tile.tsx"

/** The bridge's numbers now, and how they went. */
export function StatTiles({ readings }: { readonly readings: readonly Reading[] }) {
  const latest = readings.at(-1)
  if (latest === undefined) return null
  const { snapshot } = latest
  const rates = readings.map((reading, index) => {
    const before = readings[index - 1]
    return before === undefined ? null : ratesBetween(before, reading)
  })
  const now = rates.at(-1) ?? null
  const rate = (of: keyof Rates) => rates.map((one) => one?.[of] ?? null)
  const gauge = (of: (snapshot: BridgeSnapshot) => number) => readings.map((reading) => of(reading.snapshot))
  return (
    <dl className="stats" aria-label="Numbers of the bridge">
      <StatTile
        label="Calls in flight"
        value={countWords(snapshot.callsInFlight)}
        about={`${countWords(snapshot.callsQueued)} wait for the service, ${countWords(snapshot.directionsStalled)} for a slow reader`}
        history={gauge(({ callsInFlight }) => Number(callsInFlight))}
      />
      <StatTile
        label="Calls per second"
        value={now === null ? "–" : rateWords(now.callsPerSecond)}
        about={`${now === null ? "–" : rateWords(now.messagesPerSecond)} messages per second, of ended calls`}
        history={rate("callsPerSecond")}
      />
      <StatTile
        label="Connections"
        value={countWords(snapshot.connectionsOpen)}
        about={`from browsers; ${countWords(snapshot.connectionsRefused)} turned away`}
        history={gauge(({ connectionsOpen }) => Number(connectionsOpen))}
      />
      <StatTile
        label="Sessions"
        value={countWords(snapshot.sessionsOpen)}
        about={`to the service; ${countWords(snapshot.sessionsFailed)} could not be made`}
        history={gauge(({ sessionsOpen }) => Number(sessionsOpen))}
      />
      <StatTile
        label="Event loop delay"
        value={durationWords(delayMs(snapshot.eventLoopDelayMax))}
        about={`at worst in the last second; 99\u00a0% ${durationWords(delayMs(snapshot.eventLoopDelayP99))}`}
        history={gauge(({ eventLoopDelayMax }) => delayMs(eventLoopDelayMax))}
      />
      <StatTile
        label="CPU"
        value={now === null ? "–" : `${rateWords(now.cpuShare * 100)} %`}
        about={`of one core; ${byteWords(snapshot.memoryBytes)} of memory`}
        history={rate("cpuShare")}
      />
      <StatTile
        label="From the service"
        value={now === null ? "–" : `${byteWords(now.bytesOutPerSecond)}/s`}
        about={`${byteWords(snapshot.replyBytes)} in all, of ended calls`}
        history={rate("bytesOutPerSecond")}
      />
      <StatTile
        label="From browsers"
        value={now === null ? "–" : `${byteWords(now.bytesInPerSecond)}/s`}
        about={`${byteWords(snapshot.requestBytes)} in all, of ended calls`}
        history={rate("bytesInPerSecond")}
      />
    </dl>
  )
}

function delayMs(delay: BridgeSnapshot["eventLoopDelayMax"]): number {
  return delay === undefined ? 0 : durationMs(delay)
}
