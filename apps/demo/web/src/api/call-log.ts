import type { CallMessage, CallRecord } from "./call-record.ts"
import { createStore, type Store } from "./store.ts"

/** The limits of the log. Older entries are dropped. */
export interface CallLogLimits {
  readonly calls: number
  /** Of each side of a stream. */
  readonly messages: number
  /** Of messages, as they were on the wire, over all calls. */
  readonly bytes: number
}

/** The calls of this page that are kept, and what is known of all of them. */
export interface CallLogState {
  /** The newest first. */
  readonly calls: readonly CallRecord[]
  /** The number of all calls, including dropped ones. */
  readonly count: number
  /** The call that changed last. */
  readonly latest: CallRecord | null
}

/** The page's memory of its calls. */
export interface CallLog {
  readonly store: Store<CallLogState>
  /** Adds a call, and gives its number. */
  readonly add: (call: Omit<CallRecord, "id">) => number
  /** Changes a call, if it is still kept. */
  readonly change: (id: number, change: (call: CallRecord) => Partial<CallRecord>) => void
  /** Adds a message to one side of a call. */
  readonly addMessage: (id: number, side: "request" | "response", message: CallMessage) => void
  /** Forgets all calls that have ended. */
  readonly clear: () => void
}

const defaults: CallLogLimits = { calls: 200, messages: 50, bytes: 8 * 1024 * 1024 }

/** Makes a log that is empty. */
export function createCallLog(limits: CallLogLimits = defaults): CallLog {
  const store = createStore<CallLogState>({ calls: [], count: 0, latest: null })

  function change(id: number, changeCall: (call: CallRecord) => Partial<CallRecord>): void {
    const { calls, count } = store.get()
    const before = calls.find((call) => call.id === id)
    if (before === undefined) return
    const latest = { ...before, ...changeCall(before) }
    store.set({ calls: calls.map((call) => (call === before ? latest : call)), count, latest })
  }

  return {
    store,
    change,
    add(call) {
      const before = store.get()
      const latest = { ...call, id: before.count + 1 }
      store.set({ calls: kept([latest, ...before.calls], limits), count: latest.id, latest })
      return latest.id
    },
    addMessage(id, side, message) {
      const last = (messages: readonly CallMessage[]) => [...messages.slice(1 - limits.messages), message]
      change(id, ({ requests, requestCount, responses, responseCount }) =>
        side === "request"
          ? { requests: last(requests), requestCount: requestCount + 1 }
          : { responses: last(responses), responseCount: responseCount + 1 },
      )
    },
    clear() {
      const before = store.get()
      store.set({ ...before, calls: before.calls.filter(({ phase }) => phase.kind !== "done") })
    },
  }
}

/** Returns the newest calls that fit the limits. Open calls are always kept, because they still change. */
function kept(calls: readonly CallRecord[], limits: CallLogLimits): readonly CallRecord[] {
  let bytes = 0
  return calls.filter((call, index) => {
    bytes += keptBytes(call)
    return call.phase.kind !== "done" || (index < limits.calls && bytes <= limits.bytes)
  })
}

/** Estimates the size of the kept messages of a call by the mean size of its messages. */
function keptBytes({
  requestBytes,
  requests,
  requestCount,
  responseBytes,
  responses,
  responseCount,
}: CallRecord): number {
  const share = (bytes: number, count: number, total: number) => (total === 0 ? 0 : (bytes * count) / total)
  return share(requestBytes, requests.length, requestCount) + share(responseBytes, responses.length, responseCount)
}
