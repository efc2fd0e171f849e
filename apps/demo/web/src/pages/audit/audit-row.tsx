import type { AuditEvent } from "@causeway/proto/api/v1/audit_pb"
import { type LiHTMLAttributes, memo } from "react"

import { Icon } from "../../ui/icon.tsx"
import { Moment } from "../../ui/moment.tsx"
import { actionWords, changeWords, formatEventTime } from "./audit-words.ts"

interface AuditRowProps {
  readonly event: AuditEvent
  /** It came while the list was on the page, and is marked for a moment. */
  readonly isNew: boolean
  /** Where it stands in the list. */
  readonly place: LiHTMLAttributes<HTMLLIElement>
}

/** One event. */
export function AuditRow({ event, isNew, place }: AuditRowProps) {
  return (
    <li className="event" data-new={isNew} {...place}>
      <EventFacts event={event} />
    </li>
  )
}

/** Events never change, so what is told of one is rendered once; only its place moves. */
const EventFacts = memo(function EventFacts({ event }: { readonly event: AuditEvent }) {
  const { did, icon, tone, hasActor } = actionWords(event.action)
  const changes = event.changes.map(changeWords)
  return (
    <>
      <span className="event-icon" data-tone={tone}>
        <Icon name={icon} />
      </span>
      <p className="event-text" title={changes.map(({ label, from, to }) => `${label}: ${from} → ${to}`).join(", ")}>
        <strong>{event.userDisplayName}</strong> {did}
        {hasActor && <span className="event-actor"> by {event.actor}</span>}
        {changes.map(({ label, from, to }) => (
          <span key={label} className="event-change">
            {" "}
            {label}: <del>{from}</del> <span aria-hidden="true">→</span> <ins>{to}</ins>
          </span>
        ))}
      </p>
      <span className="event-number" title="The event’s number in the log">
        #{String(event.sequence)}
      </span>
      <span className="event-time">{event.time && <Moment time={event.time} format={formatEventTime} />}</span>
    </>
  )
})
