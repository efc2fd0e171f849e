import { useEffect, useRef } from "react"
import UPlot from "uplot"

import "uplot/dist/uPlot.min.css"
import "./chart.css"

/** One line of a chart. Its colour is the name of a CSS token such as `--accent`. */
export interface ChartLine {
  readonly label: string
  readonly colour: `--${string}`
  readonly values: readonly (number | null)[]
  /** Fills the area below the line, down to zero. */
  readonly isArea?: boolean
}

interface ChartProps {
  readonly title: string
  /** The newest values as text, for users who cannot see the lines. */
  readonly summary: string
  readonly unit: string
  /** Times of the values, in seconds before now. */
  readonly seconds: readonly number[]
  readonly lines: readonly ChartLine[]
}

/** A chart of lines over time. It redraws when the values or the colours change. */
export function Chart({ title, summary, unit, seconds, lines }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const shape = lines.map(({ label, colour, isArea }) => `${label} ${colour} ${isArea}`).join()

  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const draw = () => {
      plot.current?.destroy()
      plot.current = new UPlot(
        optionsFor(element, unit, lines),
        [[...seconds], ...lines.map(({ values }) => [...values])],
        element,
      )
    }
    draw()
    const resized = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)))
    resized.observe(element)
    // A canvas cannot use custom properties, so a change of colours needs a new plot.
    const recoloured = new MutationObserver(draw)
    recoloured.observe(document.documentElement, { attributeFilter: ["data-theme"] })
    const system = matchMedia("(prefers-color-scheme: dark)")
    system.addEventListener("change", draw)
    return () => {
      resized.disconnect()
      recoloured.disconnect()
      system.removeEventListener("change", draw)
      plot.current?.destroy()
      plot.current = null
    }
    // New values reach the plot through setData below. Only a change of the lines needs a new plot.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [shape, unit])

  useEffect(() => {
    plot.current?.setData([[...seconds], ...lines.map(({ values }) => [...values])])
  }, [seconds, lines])

  return (
    <figure className="chart card">
      <figcaption>
        <span className="chart-title">{title}</span>
        <span className="chart-summary">{summary}</span>
      </figcaption>
      <div ref={frame} className="chart-frame" aria-hidden="true" />
    </figure>
  )
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } {
  return { width: clientWidth, height: clientHeight }
}

function optionsFor(element: HTMLElement, unit: string, lines: readonly ChartLine[]): UPlot.Options {
  const style = getComputedStyle(element)
  const token = (name: string) => resolved(element, `var(${name})`)
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const axis = {
    stroke: token("--ink-soft"),
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
    font: `${0.75 * rem}px ${style.fontFamily}`,
  }
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.15)] } },
    axes: [
      {
        ...axis,
        size: 1.625 * rem,
        space: 3.5 * rem,
        values: (_, seconds) => seconds.map((second) => (second === 0 ? "now" : `${second} s`)),
      },
      { ...axis, size: 3.625 * rem, values: (_, values) => values.map((value) => `${value}${unit}`) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour, isArea }) => ({
        label,
        stroke: token(colour),
        width: 1.5,
        points: { show: false },
        ...(isArea === true ? { fill: token(`${colour}-quiet`) } : {}),
      })),
    ],
  }
}

/** Resolves a colour for the canvas. Only an element's computed style resolves `light-dark()`. */
function resolved(element: HTMLElement, colour: string): string {
  element.style.color = colour
  const { color } = getComputedStyle(element)
  element.style.color = ""
  return color
}
