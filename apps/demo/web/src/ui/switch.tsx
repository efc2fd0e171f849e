import type { ReactNode } from "react"

import "./switch.css"

interface SwitchProps {
  readonly isOn: boolean
  /** The switch cannot be pressed now but keeps the focus, as a `Button` with `isOff` does. */
  readonly isOff?: boolean
  readonly onChange: (isOn: boolean) => void
  readonly children: ReactNode
}

/** A switch that acts at once. */
export function Switch({ isOn, isOff = false, onChange, children }: SwitchProps) {
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-disabled={isOff}
        onChange={({ target }) => isOff || onChange(target.checked)}
      />
      <span>{children}</span>
    </label>
  )
}
