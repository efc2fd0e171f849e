import { timestampMs } from "@bufbuild/protobuf/wkt"

import type { GatewayView } from "./gateway-feed.ts"
import { uptimeWords } from "./gateway-words.ts"

/** How the bridge is, in a word. */
export function GatewayState({ view }: { readonly view: GatewayView }) {
  const { kind, word, about } = stateOf(view)
  return (
    <p className="gateway-state">
      <span className="gateway-badge" data-kind={kind}>
        <span className="gateway-dot" aria-hidden="true" />
        <span role="status">{word}</span>
      </span>
      {about !== "" && <span className="gateway-about">{about}</span>}
    </p>
  )
}

interface StateWords {
  readonly kind: "good" | "warn" | "bad" | "quiet"
  readonly word: string
  readonly about: string
}

function stateOf({ stream, readings, unreachable }: GatewayView): StateWords {
  const latest = readings.at(-1)
  const old = latest === undefined ? "" : "The numbers below are the last ones that came."
  switch (stream.kind) {
    case "connecting":
      return { kind: "quiet", word: "Connecting", about: old }
    case "waiting":
      return { kind: "bad", word: "Out of reach", about: old }
    case "closed":
      return { kind: "bad", word: "Not watched", about: old }
    case "open":
  }
  if (unreachable !== null) return { kind: "warn", word: "No numbers", about: old }
  if (latest === undefined) return { kind: "quiet", word: "Connecting", about: "" }
  const { snapshot, timeMs } = latest
  const { startTime, isReady, notReadyReason } = snapshot
  const uptime = `up for ${uptimeWords(timeMs - (startTime === undefined ? timeMs : timestampMs(startTime)))}`
  if (isReady) return { kind: "good", word: "Ready", about: uptime }
  return { kind: "warn", word: "Not ready", about: `${notReadyReason}; ${uptime}` }
}
