import { clientPreface, encodeSettings, SettingId } from "@causeway/protocol/http2"
import { writeWindowUpdate } from "../../http2/control-frames.ts"
import type { Outgoing } from "../../http2/outgoing.ts"
import { sessionWindowBytes, streamWindowBytes } from "../session-limits.ts"

/** The most that we say about a head: beyond it, a backend may as well not send it. Beyond half of it the call is refused. */
export const maxHeaderListBytes = 131_072

/** The first bytes of a connection: preface, SETTINGS, and the window of all streams together. */
export function writeGreeting(out: Outgoing, defaultWindowBytes: number): void {
  const settings = encodeSettings([
    [SettingId.EnablePush, 0],
    [SettingId.InitialWindowSize, streamWindowBytes],
    [SettingId.MaxHeaderListSize, maxHeaderListBytes],
  ])
  const at = out.reserve(clientPreface.length + settings.length)
  out.bytes.set(clientPreface, at)
  out.bytes.set(settings, at + clientPreface.length)
  out.commit(at + clientPreface.length + settings.length)
  writeWindowUpdate(out, 0, sessionWindowBytes - defaultWindowBytes)
}
