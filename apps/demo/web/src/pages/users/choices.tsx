import type { ControlProps } from "../../ui/field.tsx"
import type { Choice } from "./user-words.ts"

interface ChoicesProps {
  readonly control: ControlProps
  readonly name: string
  readonly choices: readonly Choice<number>[]
  readonly value: number
}

/** A `<select>` of an enum's values. A value that this page does not know stays as it is. */
export function Choices({ control, name, choices, value }: ChoicesProps) {
  const isKnown = choices.some((choice) => choice.value === value)
  return (
    <select {...control} className="input" name={name} defaultValue={value}>
      {!isKnown && <option value={value}>Unknown ({value})</option>}
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  )
}
