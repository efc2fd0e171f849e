import { isRpcError } from "@causeway/client"
import { Code } from "@connectrpc/connect"

import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import type { CallState, ShownMessage } from "./call-runner.ts"

/** What came back: how the call is, why it failed, and its messages, the newest first. */
export function CallAnswers({ state }: { readonly state: CallState }) {
  return (
    <section className="card answers" aria-label="Answer">
      <p className="answers-state" data-kind={kindOf(state)} role="status">
        {wordsFor(state)}
      </p>
      {kindOf(state) === "failed" && state.kind === "done" && <ProblemPanel problem={explain(state.error, place)} />}
      {state.kind !== "idle" && <Messages messages={state.messages} messageCount={state.messageCount} />}
    </section>
  )
}

function kindOf(state: CallState): "idle" | "running" | "ok" | "cancelled" | "failed" {
  if (state.kind !== "done") return state.kind
  if (state.error === null) return "ok"
  // By the person who looks at it: a service's own CANCELLED is a failure.
  return isRpcError(state.error, Code.Canceled) && state.error.source === "client" ? "cancelled" : "failed"
}

const endWords = { ok: "OK", cancelled: "Cancelled", failed: "Failed" } as const

function wordsFor(state: CallState): string {
  switch (state.kind) {
    case "idle":
      return "The answer comes here."
    case "running":
      return state.messageCount === 0 ? "Waiting for the answer …" : "Open: messages show as they come."
    case "done": {
      const count = state.messageCount === 1 ? "1 message" : `${state.messageCount} messages`
      const kind = kindOf(state)
      const word = kind === "idle" || kind === "running" ? "" : endWords[kind]
      return `${word} · ${count} · ${Math.round(state.durationMs)} ms`
    }
  }
}

interface MessagesProps {
  readonly messages: readonly ShownMessage[]
  readonly messageCount: number
}

function Messages({ messages, messageCount }: MessagesProps) {
  if (messages.length === 0) return null
  return (
    <>
      {messageCount > messages.length && (
        <p className="answers-more">
          The last {messages.length} of {messageCount} messages.
        </p>
      )}
      <ol className="answers-list" aria-label="Messages, the newest first">
        {messages.toReversed().map(({ number, atMs, text }) => (
          <li key={number}>
            <p className="answers-head">
              Message {number} · {Math.round(atMs)} ms
            </p>
            {/* It scrolls, and must take a key for that. */}
            <pre tabIndex={0} aria-label={`Message ${number} of the answer`} role="group">
              {text}
            </pre>
          </li>
        ))}
      </ol>
    </>
  )
}
