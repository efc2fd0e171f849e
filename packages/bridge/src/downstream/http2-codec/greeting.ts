import { defaultWindowBytes, encodeSettings, SettingId } from "@causeway/protocol/http2"
import { writeWindowUpdate } from "../../http2/control-frames.ts"
import type { Outgoing } from "../../http2/outgoing.ts"
import { connectionWindowBytes } from "./inbound.ts"

/** The first bytes of a connection: SETTINGS, and the window of all uploads together. */
export function writeGreeting(out: Outgoing, maxConcurrentStreams: number, maxHeadBytes: number): void {
  const settings = encodeSettings([
    [SettingId.MaxConcurrentStreams, maxConcurrentStreams],
    [SettingId.MaxHeaderListSize, maxHeadBytes],
  ])
  const at = out.reserve(settings.length)
  out.bytes.set(settings, at)
  out.commit(at + settings.length)
  writeWindowUpdate(out, 0, connectionWindowBytes - defaultWindowBytes)
}
