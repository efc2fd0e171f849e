import type { AuditEvent } from "@causeway/proto/api/v1/audit_pb"
import { memo } from "react"

import { Icon } from "../../ui/icon.tsx"
import { Moment } from "../../ui/moment.tsx"
import { actionWords, changeWords, formatEventTime } from "./audit-words.ts"

interface AuditRowProps {
  readonly event: AuditEvent
  /** It came while the list was on the page, and is marked for a moment. */
  readonly isNew: boolean
}

/** One event. Events never change, so a row is rendered once. */
export const AuditRow = memo(function AuditRow({ event, isNew }: AuditRowProps) {
  const { did, icon, tone, hasActor } = actionWords(event.action)
  return (
    <li className="event" data-new={isNew}>
      <span className="event-icon" data-tone={tone}>
        <Icon name={icon} />
      </span>
      <div className="event-text">
        <p>
          <strong>{event.userDisplayName}</strong> {did}
          {hasActor && <span className="event-actor"> by {event.actor}</span>}
        </p>
        {event.changes.length > 0 && (
          <ul className="changes">
            {event.changes.map((change) => {
              const { label, from, to } = changeWords(change)
              return (
                <li key={change.field}>
                  {label}: <del>{from}</del> <span aria-hidden="true">→</span> <ins>{to}</ins>
                </li>
              )
            })}
          </ul>
        )}
      </div>
      <span className="event-number" title="The event’s number in the log">
        #{String(event.sequence)}
      </span>
      <span className="event-time">{event.time && <Moment time={event.time} format={formatEventTime} />}</span>
    </li>
  )
})
