import { Sparkline } from "./sparkline.tsx"

interface StatTileProps {
  readonly label: string
  readonly value: string
  /** What the number is made of, or how to read it. */
  readonly about: string
  /** How it went in the last minute. */
  readonly history?: readonly (number | null)[]
}

/** One number of the bridge. */
export function StatTile({ label, value, about, history }: StatTileProps) {
  return (
    <div className="stat">
      <dt className="stat-label">{label}</dt>
      <dd className="stat-value">{value}</dd>
      <dd className="stat-about">{about}</dd>
      {history !== undefined && (
        <dd className="stat-history" aria-hidden="true">
          <Sparkline values={history} />
        </dd>
      )}
    </div>
  )
}
