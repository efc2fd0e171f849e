import type { HeaderLine } from "../../api/call-record.ts"

interface HeaderLinesProps {
  readonly title: string
  readonly lines: readonly HeaderLine[]
}

/** Headers or trailers, by name. */
export function HeaderLines({ title, lines }: HeaderLinesProps) {
  return (
    <div className="header-lines">
      <h3>{title}</h3>
      {lines.length === 0 ? (
        <p className="call-nothing">None that the page can see.</p>
      ) : (
        <dl>
          {lines.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
