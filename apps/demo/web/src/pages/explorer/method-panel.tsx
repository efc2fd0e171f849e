import type { DescMethod, FileRegistry, JsonValue } from "@bufbuild/protobuf"
import { useEffect, useRef, useState, useSyncExternalStore } from "react"

import { transport } from "../../api/transport.ts"
import { Button } from "../../ui/button.tsx"
import { DottedName } from "../../ui/dotted-name.tsx"
import { CallAnswers } from "./call-answers.tsx"
import { type CallRunner, createCallRunner } from "./call-runner.ts"
import { kindWords } from "./method-list.tsx"
import { methodName } from "./reflect-services.ts"
import { RequestEditor } from "./request-editor.tsx"
import { messageOf } from "./request-json.ts"
import { initialRequest, requestJson, takesStream } from "./request.ts"

interface MethodPanelProps {
  readonly method: DescMethod
  readonly registry: FileRegistry
  /** What the request begins with, in ProtoJSON; undefined: empty. */
  readonly request: JsonValue | undefined
  /** Puts the request into the address; gives the whole address. */
  readonly onLink: (method: string, request: JsonValue) => string
}

/** One method: its request, the call, and what comes back. */
export function MethodPanel({ method, registry, request: wanted, onLink }: MethodPanelProps) {
  const [request, setRequest] = useState(() => initialRequest(method, wanted, registry))
  const [isTried, setIsTried] = useState(false)
  const [timeoutText, setTimeoutText] = useState("")
  const [copied, setCopied] = useState("")
  const runner = useCallRunner(registry)
  const state = useSyncExternalStore(runner.store.subscribe, runner.store.get)
  const form = useRef<HTMLFormElement>(null)

  const checked = requestJson(method, request, registry)
  const isStream = takesStream(method)
  const timeoutMs = timeoutText.trim() === "" ? 0 : Number(timeoutText)
  const isTimeoutBad = !Number.isInteger(timeoutMs) || timeoutMs < 0

  function call(): void {
    setIsTried(true)
    if (checked.kind === "bad" || isTimeoutBad) {
      // After what is wrong has been marked.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    onLink(methodName(method), checked.json)
    const messages = checked.drafts.map((draft) => messageOf(method.input, draft, registry))
    runner.start({ method, messages, timeoutMs })
  }

  async function copyLink(): Promise<void> {
    if (checked.kind === "bad") return setIsTried(true)
    const href = onLink(methodName(method), checked.json)
    // Without a secure context there is no clipboard; the address bar has the link by now.
    const isCopied = await navigator.clipboard?.writeText(href).then(
      () => true,
      () => false,
    )
    setCopied(isCopied === true ? "Link copied" : "The link is in the address bar")
  }

  return (
    <section className="explorer-panel" aria-label={method.name}>
      <form
        ref={form}
        className="card explorer-request"
        aria-label="Request"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          call()
        }}
      >
        <div className="explorer-method">
          <h2>{method.name}</h2>
          <p>
            <DottedName name={method.parent.typeName} /> · {kindWords[method.methodKind]} · {method.input.name} →{" "}
            {method.output.name}
          </p>
        </div>
        <RequestEditor
          method={method}
          registry={registry}
          request={request}
          isStream={isStream}
          problems={isTried ? checked : null}
          onChange={(next) => {
            setRequest(next)
            setCopied("")
          }}
        />
        <div className="explorer-acts">
          <Button type="submit" look="primary" icon="play">
            {isStream ? "Send" : "Call"}
          </Button>
          <Button icon="close" isOff={state.kind !== "running"} onClick={runner.cancel}>
            Cancel
          </Button>
          <label className="explorer-deadline">
            Deadline
            <input
              className="input"
              inputMode="numeric"
              placeholder="none"
              value={timeoutText}
              aria-invalid={isTried && isTimeoutBad}
              onInput={({ currentTarget }) => setTimeoutText(currentTarget.value)}
            />
            ms
          </label>
          <Button icon="link" onClick={() => void copyLink()}>
            Copy link
          </Button>
          <span role="status" className="explorer-copied">
            {copied}
          </span>
        </div>
      </form>
      <CallAnswers state={state} />
    </section>
  )
}

/** A runner that lives as long as the panel, and cancels what runs at its end. */
function useCallRunner(registry: FileRegistry): CallRunner {
  const [runner] = useState(() => createCallRunner(transport, registry, () => performance.now()))
  useEffect(() => runner.clear, [runner])
  return runner
}
