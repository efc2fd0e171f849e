import type { ButtonHTMLAttributes } from "react"

import { Icon, type IconName } from "./icon.tsx"
import "./button.css"

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> {
  /**
   * `primary`: the main action of the page. `danger`: a destructive action. `quiet`: without a border, for rows and
   * bars.
   */
  readonly look?: "plain" | "primary" | "danger" | "quiet"
  readonly icon?: IconName
  /** Shows only the icon. Screen readers still read the label, and hovering shows it. */
  readonly isIcon?: boolean
  /**
   * The button cannot be pressed now but keeps the focus: it uses `aria-disabled`, because `disabled` would lose the
   * focus.
   */
  readonly isOff?: boolean
}

/** A button. Its default type is `button`, which does not submit a form. */
export function Button(props: ButtonProps) {
  const { look = "plain", icon, isIcon = false, isOff = false, className = "", children, onClick, ...rest } = props
  const classes = `button button-${look} ${isIcon ? "button-icon" : ""} ${className}`
  return (
    <button
      type="button"
      {...rest}
      className={classes}
      aria-disabled={isOff}
      onClick={(event) => (isOff ? event.preventDefault() : onClick?.(event))}
    >
      {icon !== undefined && <Icon name={icon} />}
      {isIcon ? <span className="visually-hidden">{children}</span> : children}
    </button>
  )
}
