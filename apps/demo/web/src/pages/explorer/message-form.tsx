import type { DescMessage } from "@bufbuild/protobuf"
import { type ReactNode, useId } from "react"

import { type Draft, emptyDraft, type MessageDraft } from "./draft.ts"
import { FieldForm } from "./field-form.tsx"
import { type FieldShape, formOf } from "./form-shape.ts"
import { fieldPath, type Problems } from "./problems-of.ts"

interface MessageFormProps {
  readonly message: DescMessage
  readonly draft: MessageDraft
  /** Of the message in the request, as `Problems` has it. */
  readonly path: string
  readonly problems: Problems
  readonly onChange: (draft: MessageDraft) => void
}

/** The fields of a message. */
export function MessageForm({ message, draft, path, problems, onChange }: MessageFormProps) {
  const members = formOf(message)
  const set = (name: string, value: Draft | undefined) => onChange(withField(draft, name, value))
  const fieldForm = (field: FieldShape) => (
    <FieldForm
      key={field.name}
      Nested={MessageForm}
      field={field}
      draft={Object.hasOwn(draft, field.name) ? draft[field.name] : undefined}
      path={fieldPath(path, field.name)}
      problems={problems}
      onChange={(value) => set(field.name, value)}
    />
  )
  if (members.length === 0) return <p className="form-none">This message has no fields.</p>
  return (
    <div className="form">
      {members.map((member) =>
        member.kind === "field" ? (
          fieldForm(member.field)
        ) : (
          <Oneof
            key={member.name}
            name={member.name}
            fields={member.fields}
            draft={draft}
            onChange={onChange}
            fieldForm={fieldForm}
          />
        ),
      )}
    </div>
  )
}

interface OneofProps {
  readonly name: string
  readonly fields: readonly FieldShape[]
  readonly draft: MessageDraft
  readonly onChange: (draft: MessageDraft) => void
  readonly fieldForm: (field: FieldShape) => ReactNode
}

/** The choice between fields of which one at most is set, and that one. */
function Oneof({ name, fields, draft, onChange, fieldForm }: OneofProps) {
  const id = useId()
  const chosen = fields.find((field) => Object.hasOwn(draft, field.name))
  function choose(fieldName: string): void {
    const without = fields.reduce((rest, field) => withField(rest, field.name, undefined), draft)
    const next = fields.find((field) => field.name === fieldName)
    onChange(next === undefined ? without : withField(without, next.name, emptyDraft(next.input)))
  }
  return (
    <div className="form-oneof">
      <div className="form-field">
        <label htmlFor={id}>
          {name} <span className="form-type">one of</span>
        </label>
        <select id={id} className="input" value={chosen?.name ?? ""} onChange={({ target }) => choose(target.value)}>
          <option value="">none</option>
          {fields.map((field) => (
            <option key={field.name}>{field.name}</option>
          ))}
        </select>
      </div>
      {chosen !== undefined && fieldForm({ ...chosen, isOptional: false })}
    </div>
  )
}

function withField(draft: MessageDraft, name: string, value: Draft | undefined): MessageDraft {
  const others = Object.entries(draft).filter(([other]) => other !== name)
  return Object.fromEntries(value === undefined ? others : [...others, [name, value]])
}
