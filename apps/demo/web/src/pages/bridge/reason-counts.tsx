import type { ReasonCount } from "@causeway/proto/api/v1/bridge_pb"

import { countWords } from "./bridge-words.ts"

interface ReasonCountsProps {
  readonly title: string
  readonly about: string
  readonly counts: readonly ReasonCount[]
}

/** The number of calls that the bridge refused or ended, by reason. */
export function ReasonCounts({ title, about, counts }: ReasonCountsProps) {
  const sorted = counts.toSorted((a, b) => Number(b.count - a.count))
  return (
    <section className="card reasons" aria-label={title}>
      <h2>{title}</h2>
      <p className="reasons-about">{about}</p>
      {sorted.length === 0 ? (
        <p className="reasons-none">None so far.</p>
      ) : (
        <dl className="reasons-list">
          {sorted.map(({ reason, count }) => (
            <div key={reason} className="reason">
              <dt>
                <code>{reason}</code>
              </dt>
              <dd>{countWords(count)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
