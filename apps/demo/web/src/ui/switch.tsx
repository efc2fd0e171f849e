import type { ReactNode } from "react"
import { Switch as AriaSwitch } from "react-aria-components"

import "./switch.css"

interface SwitchProps {
  readonly isOn: boolean
  /** It cannot be pressed now, but keeps the focus. */
  readonly isOff?: boolean
  readonly onChange: (isOn: boolean) => void
  readonly children: ReactNode
}

/** A switch that acts at once. */
export function Switch({ isOn, isOff = false, onChange, children }: SwitchProps) {
  return (
    <AriaSwitch className="switch" isSelected={isOn} isReadOnly={isOff} onChange={onChange}>
      <span className="switch-track" aria-hidden="true" />
      <span>{children}</span>
    </AriaSwitch>
  )
}
