interface SparklineProps {
  /** One for each second, the oldest first; null: unknown. */
  readonly values: readonly (number | null)[]
}

const width = 60
const height = 16

/** The course of a number over the last minute. Decoration beside the number, hidden from screen readers. */
export function Sparkline({ values }: SparklineProps) {
  const shown = values.slice(-(width + 1))
  const top = Math.max(...shown.map((value) => value ?? 0), Number.MIN_VALUE)
  const points = shown.flatMap((value, index) => {
    if (value === null) return []
    const x = width - (shown.length - 1 - index)
    return [`${x},${(height - 1 - (value / top) * (height - 2)).toFixed(2)}`]
  })
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <polyline points={points.join(" ")} />
    </svg>
  )
}
