import { type DescMethod, type Message, type Registry, toJson } from "@bufbuild/protobuf"
import { createClient } from "@causeway/client"
import type { CallOptions, Transport } from "@connectrpc/connect"

import { createStore, type Store } from "../../api/store.ts"

/** One answer, as it is shown. */
export interface ShownMessage {
  /** The first is 1. */
  readonly number: number
  /** Milliseconds after the call began. */
  readonly atMs: number
  /** ProtoJSON; where the message holds what this page has no type for, words that say so. */
  readonly text: string
}

/** How a call is. */
export type CallState =
  | { readonly kind: "idle" }
  | ({ readonly kind: "running" } & Answers)
  | ({ readonly kind: "done"; readonly error: unknown; readonly durationMs: number } & Answers)

interface Answers {
  readonly method: DescMethod
  /** The last of them, at most `keptMessages`. */
  readonly messages: readonly ShownMessage[]
  readonly messageCount: number
}

/** What to call. */
export interface Call {
  readonly method: DescMethod
  /** One for a method that takes one. */
  readonly messages: readonly Message[]
  /** 0: no deadline. */
  readonly timeoutMs: number
}

/** Makes one call at a time. */
export interface CallRunner {
  readonly store: Store<CallState>
  /** Cancels the running call. */
  readonly start: (call: Call) => void
  readonly cancel: () => void
  /** Cancels the running call and drops its messages. */
  readonly clear: () => void
}

/** A stream may go on for ever; a page must not grow with it. */
const keptMessages = 200

/** Makes a runner. `registry` has the types of what an Any holds. */
export function createCallRunner(transport: Transport, registry: Registry, nowMs: () => number): CallRunner {
  const store = createStore<CallState>({ kind: "idle" })
  let running = new AbortController()

  async function run(call: Call, { signal }: AbortController): Promise<void> {
    const { method } = call
    const startedMs = nowMs()
    let answers: Answers = { method, messages: [], messageCount: 0 }
    const set = (state: CallState): void => {
      // A later call has started: results of this one are dropped.
      if (signal === running.signal) store.set(state)
    }
    const add = (message: Message): void => {
      const number = answers.messageCount + 1
      const shown = { number, atMs: nowMs() - startedMs, text: textOf(method, message, registry) }
      answers = { method, messages: [...answers.messages, shown].slice(-keptMessages), messageCount: number }
      set({ kind: "running", ...answers })
    }
    set({ kind: "running", ...answers })
    const error = await make(transport, call, signal, add).then(
      () => null,
      (reason: unknown) => reason,
    )
    set({ kind: "done", error, durationMs: nowMs() - startedMs, ...answers })
  }

  return {
    store,
    start(call) {
      running.abort()
      running = new AbortController()
      void run(call, running)
    },
    cancel: () => running.abort(new Error("you cancelled it")),
    clear() {
      running.abort()
      running = new AbortController()
      store.set({ kind: "idle" })
    },
  }
}

/** A client's method as it is without types: what it takes and gives depends on its kind. */
type Method = (input: unknown, options: CallOptions) => unknown

async function make(transport: Transport, call: Call, signal: AbortSignal, add: (message: Message) => void) {
  const { method, messages, timeoutMs } = call
  const client = createClient(method.parent, transport) as Readonly<Record<string, Method>>
  const invoke = client[method.localName]
  if (invoke === undefined) throw new Error(`${method.parent.typeName} has no method ${method.name}`)
  const options = { signal, timeoutMs }
  switch (method.methodKind) {
    case "unary":
      add((await invoke(messages[0], options)) as Message)
      return
    case "client_streaming":
      add((await invoke(each(messages), options)) as Message)
      return
    case "server_streaming":
      for await (const message of invoke(messages[0], options) as AsyncIterable<Message>) add(message)
      return
    case "bidi_streaming":
      for await (const message of invoke(each(messages), options) as AsyncIterable<Message>) add(message)
  }
}

async function* each(messages: readonly Message[]): AsyncGenerator<Message> {
  yield* messages
}

function textOf({ output }: DescMethod, message: Message, registry: Registry): string {
  try {
    return JSON.stringify(toJson(output, message, { registry }), null, 2)
  } catch (error) {
    return `This message cannot be shown as JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}
