import { Button } from "../../ui/button.tsx"
import { DottedName } from "../../ui/dotted-name.tsx"
import { type Draft, emptyDraft, type MapEntryDraft } from "./draft.ts"
import type { FieldShape } from "./form-shape.ts"
import { itemPath, keyPath, type Problems } from "./problems-of.ts"
import { type NestedForm, ValueInput } from "./value-input.tsx"

interface FieldFormProps {
  readonly Nested: NestedForm
  readonly field: FieldShape
  /** Undefined: the field is not set. */
  readonly draft: Draft | undefined
  readonly path: string
  readonly problems: Problems
  /** Undefined: it is to be not set. */
  readonly onChange: (draft: Draft | undefined) => void
}

/** One field of a message: a value, a list, or a map. */
export function FieldForm(props: FieldFormProps) {
  switch (props.field.arity) {
    case "one":
      return <OneForm {...props} />
    case "list":
      return <ListForm {...props} />
    case "map":
      return <MapForm {...props} />
  }
}

function OneForm({ Nested, field, draft, path, problems, onChange }: FieldFormProps) {
  const { name, input, isOptional } = field
  if (isOptional && draft === undefined) {
    return (
      <div className="form-absent">
        <span>
          {name}{" "}
          <span className="form-type">
            <DottedName name={input.type} />
          </span>
        </span>
        <Button look="quiet" icon="plus" onClick={() => onChange(emptyDraft(input))}>
          Set<span className="visually-hidden"> {name}</span>
        </Button>
      </div>
    )
  }
  return (
    <ValueInput
      Nested={Nested}
      label={name}
      input={input}
      draft={draft ?? emptyDraft(input)}
      hasPresence={isOptional}
      path={path}
      problems={problems}
      onChange={onChange}
      onRemove={isOptional ? () => onChange(undefined) : null}
    />
  )
}

function ListForm({ Nested, field, draft, path, problems, onChange }: FieldFormProps) {
  const { name, input } = field
  const items = (draft ?? []) as readonly Draft[]
  // An empty list is one that is not set.
  const change = (next: readonly Draft[]) => onChange(next.length === 0 ? undefined : next)
  return (
    <fieldset className="form-group">
      <legend>
        {name}{" "}
        <span className="form-type">
          list of <DottedName name={input.type} />
        </span>
      </legend>
      {items.map((item, index) => (
        <ValueInput
          Nested={Nested}
          key={index}
          label={`${name} ${index + 1}`}
          input={input}
          draft={item}
          hasPresence
          path={itemPath(path, index)}
          problems={problems}
          onChange={(next) => change(items.with(index, next))}
          onRemove={() => change(items.toSpliced(index, 1))}
        />
      ))}
      <Button look="quiet" icon="plus" onClick={() => change([...items, emptyDraft(input)])}>
        Add to {name}
      </Button>
    </fieldset>
  )
}

function MapForm({ Nested, field, draft, path, problems, onChange }: FieldFormProps) {
  const { name, input } = field
  const key = field.key ?? { kind: "string", type: "string" }
  const entries = (draft ?? []) as readonly MapEntryDraft[]
  const change = (next: readonly MapEntryDraft[]) => onChange(next.length === 0 ? undefined : next)
  // A key is text in JSON, whatever its type is.
  const keyInput = key.kind === "flag" ? { kind: "string" as const, type: key.type } : key
  return (
    <fieldset className="form-group">
      <legend>
        {name}{" "}
        <span className="form-type">
          map from {key.type} to <DottedName name={input.type} />
        </span>
      </legend>
      {entries.map((entry, index) => (
        <div key={index} className="form-entry">
          <ValueInput
            Nested={Nested}
            label={`Key ${index + 1}`}
            input={keyInput}
            draft={entry.key}
            hasPresence
            path={keyPath(itemPath(path, index))}
            problems={problems}
            onChange={(next) => change(entries.with(index, { ...entry, key: next as string }))}
            onRemove={null}
          />
          <ValueInput
            Nested={Nested}
            label={`Value ${index + 1}`}
            input={input}
            draft={entry.value}
            hasPresence
            path={itemPath(path, index)}
            problems={problems}
            onChange={(next) => change(entries.with(index, { ...entry, value: next }))}
            onRemove={() => change(entries.toSpliced(index, 1))}
          />
        </div>
      ))}
      <Button look="quiet" icon="plus" onClick={() => change([...entries, { key: "", value: emptyDraft(input) }])}>
        Add to {name}
      </Button>
    </fieldset>
  )
}
