import { useEffect, useId, useRef, useState } from "react"

import "./slider.css"

interface SliderProps {
  readonly label: string
  /** 0 to 100. */
  readonly percent: number
  readonly step: number
  /** The words beside the label for a value, which screen readers read too. */
  readonly wordsFor: (percent: number) => string
  /** Called when the thumb is let go, and for each key. */
  readonly onChoose: (percent: number) => void
}

/** A choice from 0 to 100 percent. */
export function Slider({ label, percent, step, wordsFor, onChoose }: SliderProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [moved, setMoved] = useState<number | null>(null)
  const value = moved ?? percent

  // React's onChange follows every movement. The event that tells the end of one has no property in React.
  useEffect(() => {
    const abort = new AbortController()
    const choose = ({ currentTarget }: Event): void => {
      setMoved(null)
      if (currentTarget instanceof HTMLInputElement) onChoose(currentTarget.valueAsNumber)
    }
    input.current?.addEventListener("change", choose, { signal: abort.signal })
    return () => abort.abort()
  }, [onChoose])

  return (
    <div className="slider">
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id} aria-hidden="true">
        {wordsFor(value)}
      </output>
      <input
        ref={input}
        id={id}
        type="range"
        min={0}
        max={100}
        step={step}
        value={value}
        aria-valuetext={wordsFor(value)}
        onChange={({ target }) => setMoved(target.valueAsNumber)}
      />
    </div>
  )
}
