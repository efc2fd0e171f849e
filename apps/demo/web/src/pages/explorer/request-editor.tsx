import type { DescMethod, Registry } from "@bufbuild/protobuf"
import { useId, useState } from "react"

import { Button } from "../../ui/button.tsx"
import { Segments } from "../../ui/segments.tsx"
import type { MessageDraft } from "./draft.ts"
import { MessageForm } from "./message-form.tsx"
import { type CheckedRequest, type Request, toForm, toJsonMode } from "./request.ts"

interface RequestEditorProps {
  readonly method: DescMethod
  readonly registry: Registry
  readonly request: Request
  readonly isStream: boolean
  /** The problems of the request; null while they must not be shown yet. */
  readonly problems: CheckedRequest | null
  readonly onChange: (request: Request) => void
}

const modes = [
  { value: "form", label: "Form" },
  { value: "json", label: "JSON" },
] as const

const noProblems: ReadonlyMap<string, string> = new Map()

/** The request, as forms or as JSON. */
export function RequestEditor(props: RequestEditorProps) {
  const { method, registry, request, isStream, problems, onChange } = props
  // The reason why the JSON could not be shown as a form.
  const [refusal, setRefusal] = useState<string | null>(null)

  function choose(mode: Request["mode"]): void {
    if (mode === request.mode) return
    if (request.mode === "form") return onChange(toJsonMode(method, request.drafts))
    const { request: next, problem } = toForm(method, request.text, registry)
    setRefusal(problem)
    onChange(next)
  }

  const bad = problems?.kind === "bad" ? problems : null
  return (
    <div className="request">
      <Segments label="Edit as" choices={modes} value={request.mode} onChoose={choose} />
      {request.mode === "json" ? (
        <JsonEditor
          text={request.text}
          problem={bad?.words ?? refusal}
          onChange={(text) => {
            setRefusal(null)
            onChange({ mode: "json", text })
          }}
        />
      ) : (
        <Forms
          method={method}
          drafts={request.drafts}
          isStream={isStream}
          problemsOf={(index) => bad?.byMessage[index] ?? noProblems}
          onChange={(drafts) => onChange({ mode: "form", drafts })}
        />
      )}
    </div>
  )
}

interface JsonEditorProps {
  readonly text: string
  readonly problem: string | null
  readonly onChange: (text: string) => void
}

function JsonEditor({ text, problem, onChange }: JsonEditorProps) {
  const id = useId()
  const lines = Math.min(24, Math.max(6, text.split("\n").length))
  return (
    <div className="form-field">
      <label htmlFor={id}>Request as JSON</label>
      <textarea
        id={id}
        className="input input-lines input-code"
        rows={lines}
        spellCheck={false}
        value={text}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <p className="form-problem" id={`${id}-problem`}>
        {problem}
      </p>
    </div>
  )
}

interface FormsProps {
  readonly method: DescMethod
  readonly drafts: readonly MessageDraft[]
  readonly isStream: boolean
  readonly problemsOf: (index: number) => ReadonlyMap<string, string>
  readonly onChange: (drafts: readonly MessageDraft[]) => void
}

function Forms({ method, drafts, isStream, problemsOf, onChange }: FormsProps) {
  const formOf = (draft: MessageDraft, index: number) => (
    <MessageForm
      message={method.input}
      draft={draft}
      path=""
      problems={problemsOf(index)}
      onChange={(next) => onChange(drafts.with(index, next))}
    />
  )
  if (!isStream) return formOf(drafts[0] ?? {}, 0)
  return (
    <>
      {drafts.map((draft, index) => (
        <fieldset key={index} className="form-group">
          <legend>Message {index + 1}</legend>
          {formOf(draft, index)}
          <Button look="quiet" icon="trash" onClick={() => onChange(drafts.toSpliced(index, 1))}>
            Remove message {index + 1}
          </Button>
        </fieldset>
      ))}
      <Button icon="plus" onClick={() => onChange([...drafts, {}])}>
        Add a message
      </Button>
    </>
  )
}
