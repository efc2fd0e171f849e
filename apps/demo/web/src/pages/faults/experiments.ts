import type { LastingFault } from "../../../../start/lab-state.ts"
import { type SeenError, seenError } from "../../api/seen-error.ts"
import type { Bench, Clients } from "./bench.ts"

/** The outcome of a call, as the page saw it. */
export interface Seen {
  /** The number of messages before the end. */
  readonly messageCount: number
  /** Null: the call succeeded. */
  readonly error: SeenError | null
}

/** A fault, and a call that runs into it. */
export interface Experiment {
  readonly id: string
  /** The name of the fault. */
  readonly title: string
  /** A description of the fault and of the call. */
  readonly about: string
  /** The fault that lasts until it is repaired; null if it ends with the call. */
  readonly lasting: LastingFault | null
  readonly run: (bench: Bench) => Promise<Seen>
}

/** The experiments at one point between the page and the service. */
export interface Stretch {
  readonly place: string
  readonly experiments: readonly Experiment[]
}

/** A size above the bridge's default limit for one message. */
const tooManyCharacters = 5 * 1024 * 1024

/** All experiments, along the way. */
export const stretches: readonly Stretch[] = [
  {
    place: "In the page",
    experiments: [
      {
        id: "deadline",
        title: "Deadline too short",
        about: "ListUsers with a deadline of 300 ms, while the service takes three seconds.",
        lasting: null,
        async run({ through, act, signal }) {
          await act("service-slow")
          try {
            return await unary(through("bridge"), ({ users }) =>
              users.listUsers({ pageSize: 1 }, { timeoutMs: 300, signal }),
            )
          } finally {
            await act("repair-service-slow")
          }
        },
      },
      {
        id: "cancel",
        title: "Cancel in flight",
        about: "The audit stream is opened, and cancelled by the page after its first message.",
        lasting: null,
        run({ through, signal }) {
          const cancel = new AbortController()
          const stop = AbortSignal.any([signal, cancel.signal])
          return watch(through("bridge"), stop, () => cancel.abort(new Error("the page cancelled it")))
        },
      },
      {
        id: "large-message",
        title: "Message over the limit",
        about: "CreateUser with a name of 5 MiB; the bridge takes messages of 4 MiB at most.",
        lasting: null,
        run({ through, signal }) {
          const user = { email: "large@tidewater.example", displayName: "x".repeat(tooManyCharacters) }
          return unary(through("bridge"), ({ users }) => users.createUser({ user }, { signal }))
        },
      },
      {
        id: "origin",
        title: "Refused origin",
        about: "ListUsers from a page of another origin, in a frame. The bridge’s list does not have that origin.",
        lasting: null,
        async run({ callAsStranger }) {
          const error = await callAsStranger()
          return { messageCount: error === null ? 1 : 0, error }
        },
      },
    ],
  },
  {
    place: "Between page and bridge",
    experiments: [
      {
        id: "page-line-reset",
        title: "Connection reset mid-stream",
        about: "The audit stream runs over a relay, which resets the TCP connection after the first message.",
        lasting: null,
        run: ({ through, act, signal }) => watch(through("page line"), signal, () => act("reset-page-line")),
      },
      {
        id: "page-line-cut",
        title: "Half a message",
        about: "ListUsers over a relay, which closes the connection inside of the answer’s message.",
        lasting: null,
        async run({ through, act, signal }) {
          await act("cut-page-line")
          return unary(through("page line"), ({ users }) => users.listUsers({ pageSize: 200 }, { signal }))
        },
      },
    ],
  },
  {
    place: "The bridge",
    experiments: [
      {
        id: "bridge-restart",
        title: "Bridge restarted",
        about:
          "The audit stream is open while the bridge’s process ends, with a second of grace, and a new one starts.",
        lasting: null,
        run: ({ through, act, signal }) => watch(through("bridge"), signal, () => act("bridge-restart")),
      },
      {
        id: "bridge-stopped",
        title: "Bridge stopped",
        about: "The bridge’s process is ended, and stays so. Then ListUsers is called.",
        lasting: "bridge-stopped",
        async run({ through, act, signal }) {
          await act("bridge-stopped")
          return unary(through("bridge"), ({ users }) => users.listUsers({ pageSize: 1 }, { signal }))
        },
      },
    ],
  },
  {
    place: "Between bridge and service",
    experiments: [
      {
        id: "service-line-reset",
        title: "Connection reset mid-stream",
        about: "The audit stream is open while the bridge’s TCP connection to the service is reset.",
        lasting: null,
        run: ({ through, act, signal }) => watch(through("bridge"), signal, () => act("reset-service-line")),
      },
      {
        id: "service-line-cut",
        title: "Half a message",
        about: "ListUsers, while the connection to the service closes inside of the answer’s message.",
        lasting: null,
        async run({ through, act, signal }) {
          await act("cut-service-line")
          return unary(through("bridge"), ({ users }) => users.listUsers({ pageSize: 200 }, { signal }))
        },
      },
    ],
  },
  {
    place: "The service",
    experiments: [
      {
        id: "service-stopped",
        title: "Service stopped",
        about: "The gRPC server stops listening, and stays so. Then ListUsers is called.",
        lasting: "service-stopped",
        async run({ through, act, signal }) {
          await act("service-stopped")
          return unary(through("bridge"), ({ users }) => users.listUsers({ pageSize: 1 }, { signal }))
        },
      },
      {
        id: "service-slow",
        title: "Slow service",
        about: "Every call of users takes three seconds more, and goes on doing so. Then ListUsers is called.",
        lasting: "service-slow",
        async run({ through, act, signal }) {
          await act("service-slow")
          return unary(through("bridge"), ({ users }) => users.listUsers({ pageSize: 1 }, { signal }))
        },
      },
    ],
  },
]

async function unary(clients: Clients, call: (clients: Clients) => Promise<unknown>): Promise<Seen> {
  try {
    await call(clients)
    return { messageCount: 1, error: null }
  } catch (error) {
    return { messageCount: 0, error: seenError(error, clients.place) }
  }
}

/** Opens the audit stream, breaks something after its first message, and follows the stream to its end. */
async function watch(
  { audit, place }: Clients,
  signal: AbortSignal,
  breakIt: () => Promise<void> | void,
): Promise<Seen> {
  let messageCount = 0
  let breaking: Promise<void> | void = undefined
  try {
    for await (const _ of audit.watch({ backlogSize: -1 }, { signal, timeoutMs: 0 })) {
      messageCount++
      if (messageCount === 1) breaking = breakIt()
    }
    return { messageCount, error: null }
  } catch (error) {
    return { messageCount, error: seenError(error, place) }
  } finally {
    // If the fault could not be caused, that error is reported instead of the outcome of the call.
    await breaking
  }
}
