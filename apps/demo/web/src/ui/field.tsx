import { type ReactNode, useId } from "react"

import "./field.css"

/** Attributes that connect a control to its label and its error. */
export interface ControlProps {
  readonly id: string
  readonly "aria-invalid": boolean
  readonly "aria-describedby": string
}

interface FieldProps {
  readonly label: string
  /** The problem with the value, as the end of a sentence that begins with the label. */
  readonly error: string | undefined
  readonly children: (control: ControlProps) => ReactNode
}

/** A labelled control with a line for its error. */
export function Field({ label, error, children }: FieldProps) {
  const id = useId()
  const errorId = `${id}-error`
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": error !== undefined, "aria-describedby": errorId })}
      <p className="field-error" id={errorId}>
        {error !== undefined && `${label} ${error}.`}
      </p>
    </div>
  )
}
