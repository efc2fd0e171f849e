import { ToggleButton, ToggleButtonGroup } from "react-aria-components"

import { Icon, type IconName } from "./icon.tsx"
import "./segments.css"

interface SegmentsProps<T extends string> {
  /** Name of the choice, for screen readers. */
  readonly label: string
  readonly choices: readonly { readonly value: T; readonly label: string; readonly icon?: IconName }[]
  readonly value: T
  readonly onChoose: (value: T) => void
  /** Shows only the icons. Screen readers still read the labels, and hovering shows them. */
  readonly hidesLabels?: boolean
  readonly className?: string
}

/** A choice among a few visible options: a radio group that looks like one button. */
export function Segments<T extends string>(props: SegmentsProps<T>) {
  const { label, choices, value, onChoose, hidesLabels = false, className = "" } = props
  return (
    <ToggleButtonGroup
      className={`segments ${className}`}
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const chosen = choices.find((choice) => keys.has(choice.value))
        if (chosen !== undefined) onChoose(chosen.value)
      }}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.value} id={choice.value} className="segment">
          {choice.icon !== undefined && <Icon name={choice.icon} />}
          <span className={hidesLabels ? "visually-hidden" : undefined}>{choice.label}</span>
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
