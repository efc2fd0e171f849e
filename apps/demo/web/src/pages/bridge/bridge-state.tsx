import { timestampMs } from "@bufbuild/protobuf/wkt"

import { StateBadge } from "../../ui/state-badge.tsx"
import type { BridgeView } from "./bridge-feed.ts"
import { uptimeWords } from "./bridge-words.ts"

/** The state of the bridge as a badge. */
export function BridgeState({ view }: { readonly view: BridgeView }) {
  const { tone, word, about } = stateOf(view)
  return (
    <p className="bridge-state">
      <StateBadge tone={tone} isLive={tone === "good"}>
        <span role="status">{word}</span>
      </StateBadge>
      {about !== "" && <span className="bridge-about">{about}</span>}
    </p>
  )
}

interface StateWords {
  readonly tone: "good" | "warn" | "bad" | "quiet"
  readonly word: string
  readonly about: string
}

function stateOf({ stream, readings, unreachable }: BridgeView): StateWords {
  const latest = readings.at(-1)
  const old = latest === undefined ? "" : "The numbers below are the last ones that came."
  switch (stream.kind) {
    case "connecting":
      return { tone: "quiet", word: "Connecting", about: old }
    case "waiting":
      return { tone: "bad", word: "Out of reach", about: old }
    case "closed":
      return { tone: "bad", word: "Not watched", about: old }
    case "open":
  }
  if (unreachable !== null) return { tone: "warn", word: "No numbers", about: old }
  if (latest === undefined) return { tone: "quiet", word: "Connecting", about: "" }
  const { snapshot, timeMs } = latest
  const { startTime, isReady, notReadyReason } = snapshot
  const uptime = `up for ${uptimeWords(timeMs - (startTime === undefined ? timeMs : timestampMs(startTime)))}`
  if (isReady) return { tone: "good", word: "Ready", about: uptime }
  return { tone: "warn", word: "Not ready", about: `${notReadyReason}; ${uptime}` }
}
