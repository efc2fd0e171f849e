import type { Timestamp } from "@bufbuild/protobuf/wkt"
import { timestampDate } from "@bufbuild/protobuf/wkt"

const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "long" })

interface MomentProps {
  readonly time: Timestamp
  readonly format: (date: Date) => string
}

/** A point in time, in the viewer's time zone. Hovering shows the exact time. */
export function Moment({ time, format }: MomentProps) {
  const date = timestampDate(time)
  return (
    <time dateTime={date.toISOString()} title={exact.format(date)}>
      {format(date)}
    </time>
  )
}
