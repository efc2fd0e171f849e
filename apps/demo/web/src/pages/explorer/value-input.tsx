import type { DescMessage } from "@bufbuild/protobuf"
import { type ComponentType, useId } from "react"

import { Button } from "../../ui/button.tsx"
import { DottedName } from "../../ui/dotted-name.tsx"
import type { Draft, MessageDraft } from "./draft.ts"
import type { Input } from "./form-shape.ts"
import type { Problems } from "./problems-of.ts"

/**
 * The form of a nested message. It is the component of the outer message, passed down as a prop, because modules must
 * not import each other in a cycle.
 */
export type NestedForm = ComponentType<{
  readonly message: DescMessage
  readonly draft: MessageDraft
  readonly path: string
  readonly problems: Problems
  readonly onChange: (draft: MessageDraft) => void
}>

interface ValueInputProps {
  readonly Nested: NestedForm
  readonly label: string
  readonly input: Input
  readonly draft: Draft
  /** Whether empty differs from "not set". An enum then has no choice that means "not set". */
  readonly hasPresence: boolean
  readonly path: string
  readonly problems: Problems
  readonly onChange: (draft: Draft) => void
  /** Null: it cannot be taken out. */
  readonly onRemove: (() => void) | null
}

/** One value with its label and its problem. */
export function ValueInput(props: ValueInputProps) {
  const { Nested, label, input, draft, path, problems, onChange, onRemove } = props
  const id = useId()
  const problem = problems.get(path)
  const remove = onRemove !== null && (
    <Button look="quiet" icon="close" isIcon onClick={onRemove}>
      Remove {label}
    </Button>
  )
  if (input.kind === "message") {
    return (
      <fieldset className="form-group">
        <legend>
          {label}{" "}
          <span className="form-type">
            <DottedName name={input.type} />
          </span>
        </legend>
        <div className="form-group-remove">{remove}</div>
        <Nested
          message={input.message}
          draft={draft as MessageDraft}
          path={path}
          problems={problems}
          onChange={onChange}
        />
      </fieldset>
    )
  }
  return (
    <div className="form-field" data-kind={input.kind}>
      <label htmlFor={id}>
        {label}{" "}
        <span className="form-type">
          <DottedName name={input.type} />
        </span>
      </label>
      <div className="form-control">
        <Control {...props} id={id} isBad={problem !== undefined} />
        {remove}
      </div>
      {problem !== undefined && (
        <p className="form-problem" id={`${id}-problem`}>
          {label} {problem}.
        </p>
      )}
    </div>
  )
}

interface ControlProps extends ValueInputProps {
  readonly id: string
  readonly isBad: boolean
}

function Control({ id, input, draft, hasPresence, isBad, onChange }: ControlProps) {
  const common = { id, "aria-invalid": isBad, "aria-describedby": isBad ? `${id}-problem` : undefined }
  const text = typeof draft === "string" ? draft : ""
  switch (input.kind) {
    case "flag":
      return (
        <input
          {...common}
          type="checkbox"
          className="form-check"
          checked={draft === true}
          onChange={({ target }) => onChange(target.checked)}
        />
      )
    case "choice":
      return (
        <select {...common} className="input" value={text} onChange={({ target }) => onChange(target.value)}>
          {(!hasPresence || text === "") && <option value="">not set</option>}
          {/* A number that has no name here. */}
          {text !== "" && !input.names.includes(text) && <option>{text}</option>}
          {input.names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )
    case "text":
      return (
        <input
          {...common}
          className="input"
          spellCheck={false}
          autoComplete="off"
          placeholder={input.example}
          value={text}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )
    default:
      // Several lines, for a string may have them.
      return (
        <textarea
          {...common}
          className={`input input-lines ${input.kind === "json" ? "input-code" : ""}`}
          rows={input.kind === "json" ? 3 : Math.min(8, text.split("\n").length)}
          spellCheck={false}
          placeholder={input.kind === "json" ? input.example : undefined}
          value={text}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )
  }
}
