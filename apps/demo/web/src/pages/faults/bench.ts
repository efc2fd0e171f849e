import { type Client, createClient, createTransport } from "@causeway/client"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"

import type { LabAction } from "../../../../start/lab-state.ts"
import { bridgeUrl, resolveUrl } from "../../api/bridge-url.ts"
import { recorder } from "../../api/calls.ts"
import { actInLab, readLab } from "../../api/lab.ts"
import { place } from "../../api/place.ts"
import type { Place } from "../../api/problem-words.ts"
import type { SeenError } from "../../api/seen-error.ts"
import { askStranger } from "../../stranger/ask-stranger.ts"

/** Clients of the demo's services. */
export interface Clients {
  readonly users: Client<typeof UserService>
  readonly audit: Client<typeof AuditService>
  /** The place of the page and the bridge, for error messages. */
  readonly place: Place
}

/** The clients that an experiment uses. */
export interface Bench {
  /** Calls through the relay that can be reset and cut between page and bridge, or directly. */
  readonly through: (line: "page line" | "bridge") => Clients
  readonly act: (action: LabAction) => Promise<void>
  /** Makes a call from a page of an origin that the bridge refuses, and returns its error. */
  readonly callAsStranger: () => Promise<SeenError | null>
  /** Fires when the experiment has taken too long. */
  readonly signal: AbortSignal
}

/** Sets everything up for one experiment. */
export async function openBench(signal: AbortSignal): Promise<Bench> {
  const { pageLineUrl, strangerOrigin } = await readLab(signal)
  const relayUrl = resolveUrl(pageLineUrl)
  const pageLine = clientsOf(relayUrl, { ...place, relayUrl })
  const bridge = clientsOf(bridgeUrl, place)
  return {
    through: (line) => (line === "page line" ? pageLine : bridge),
    act: async (action) => void (await actInLab(action, signal)),
    callAsStranger: () => askStranger(resolveUrl(strangerOrigin), signal),
    signal,
  }
}

/** Recorded for the calls page like all calls, and never retried, so that the failure shows. */
function clientsOf(baseUrl: string, to: Place): Clients {
  const { interceptor, fetch } = recorder
  const transport = createTransport({ baseUrl, defaultTimeoutMs: 10_000, interceptors: [interceptor], fetch })
  return { users: createClient(UserService, transport), audit: createClient(AuditService, transport), place: to }
}
