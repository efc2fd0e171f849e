import { useEffect, useState } from "react"

import { callSamples } from "../../api/calls.ts"
import { Chart } from "../../ui/chart.tsx"
import { seriesOf } from "./call-series.ts"
import { formatMs } from "./call-words.ts"
import "./call-charts.css"

const everyMs = 1_000

/** Rate and latency of the unary calls of this page, over the last two minutes. */
export function CallCharts() {
  const [series, setSeries] = useState(read)
  useEffect(() => {
    const timer = setInterval(() => setSeries(read()), everyMs)
    return () => clearInterval(timer)
  }, [])
  const { seconds, rate, p50, p95 } = series
  const total = rate.reduce((sum, count) => sum + count, 0)
  const latest = (values: readonly (number | null)[]) => {
    const value = values.at(-1)
    return typeof value === "number" ? formatMs(value) : "–"
  }
  return (
    <div className="call-charts">
      <Chart
        title="Calls per second"
        summary={`${rate.at(-1)} now, ${total} in two minutes`}
        unit=""
        seconds={seconds}
        lines={[{ label: "Rate", colour: "--accent", values: rate, isArea: true }]}
      />
      <Chart
        title="Latency"
        summary={`p50 ${latest(p50)}, p95 ${latest(p95)}, of ten seconds`}
        unit=" ms"
        seconds={seconds}
        lines={[
          { label: "p95", colour: "--warn", values: p95 },
          { label: "p50", colour: "--accent", values: p50 },
        ]}
      />
    </div>
  )
}

function read() {
  return seriesOf(callSamples(), performance.now())
}
