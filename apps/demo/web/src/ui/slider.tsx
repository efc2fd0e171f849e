import { useState } from "react"
import { Label, Slider as AriaSlider, SliderOutput, SliderThumb, SliderTrack } from "react-aria-components"

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
  const [moved, setMoved] = useState<number | null>(null)
  const value = moved ?? percent
  return (
    <AriaSlider
      className="slider"
      minValue={0}
      maxValue={100}
      step={step}
      value={value}
      onChange={setMoved}
      onChangeEnd={(chosen) => {
        setMoved(null)
        onChoose(chosen)
      }}
    >
      <Label className="slider-label">{label}</Label>
      <SliderOutput className="slider-value">{wordsFor(value)}</SliderOutput>
      <SliderTrack className="slider-track">
        <span className="slider-fill" style={{ width: `${value}%` }} />
        <SliderThumb className="slider-thumb" aria-valuetext={wordsFor(value)} />
      </SliderTrack>
    </AriaSlider>
  )
}
