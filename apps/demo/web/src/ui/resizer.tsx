import type { KeyboardEvent, PointerEvent } from "react"

import "./resizer.css"

interface ResizerProps {
  /** Name of the size that the handle changes, for screen readers. */
  readonly label: string
  readonly valuePx: number
  readonly minPx: number
  readonly maxPx: number
  readonly onResize: (valuePx: number) => void
}

const keyStepPx = 32

/** A handle on the upper edge of a panel. A pointer or the arrow keys move it. */
export function Resizer({ label, valuePx, minPx, maxPx, onResize }: ResizerProps) {
  const resize = (px: number) => onResize(Math.round(Math.min(maxPx, Math.max(minPx, px))))
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const { currentTarget: edge, clientY: startY, pointerId } = event
    edge.setPointerCapture(pointerId)
    edge.onpointermove = ({ clientY }) => resize(valuePx + startY - clientY)
    edge.onlostpointercapture = () => (edge.onpointermove = null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: keyStepPx, ArrowDown: -keyStepPx, Home: -maxPx, End: maxPx }[event.key]
    if (step === undefined) return
    event.preventDefault()
    resize(valuePx + step)
  }
  return (
    <div
      className="resizer"
      role="separator"
      aria-orientation="horizontal"
      aria-label={label}
      aria-valuenow={valuePx}
      aria-valuemin={minPx}
      aria-valuemax={maxPx}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  )
}
