import { create, type MessageInitShape } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import {
  type AuditEvent,
  AuditEventSchema,
  type AuditService,
  type WatchRequest,
  type WatchResponseSchema,
} from "@causeway/proto/api/v1/audit_pb"
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect"

import { decodeCursor, encodeCursor } from "./audit-cursor.ts"
import { type AuditLog, EventsGone, type LoggedEvent } from "./audit-log.ts"
import { Bell } from "./bell.ts"
import { invalidArgument } from "./rpc-errors.ts"

const DEFAULT_BACKLOG_SIZE = 50
const MAX_BACKLOG_SIZE = 1000

/** api.v1.AuditService over the log. */
export function createAuditService(log: AuditLog): ServiceImpl<typeof AuditService> {
  return {
    async *watch(request, { signal }) {
      const bell = new Bell()
      log.watch(bell)
      try {
        yield* follow(log, request, bell, signal)
      } catch (error) {
        if (error instanceof EventsGone) throw outOfRange("The events after this cursor are no longer kept")
        throw error
      } finally {
        log.unwatch(bell)
      }
    },
    getHead: () => ({ sequence: BigInt(log.bounds().newest) }),
  }
}

/**
 * Streams all events from the requested position, for ever. The position is a number in the log and not a queue: events
 * for a slow caller wait on disk.
 */
async function* follow(
  log: AuditLog,
  request: WatchRequest,
  bell: Bell,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof WatchResponseSchema>> {
  const { newest } = log.bounds()
  let place = startingPlace(log, request)
  for (const event of log.read(place, newest)) {
    yield { event: toMessage(log, event), isBacklog: true }
    signal.throwIfAborted()
  }
  place = newest
  yield { caughtUp: { cursor: encodeCursor({ logId: log.id, sequence: place }) } }
  for (;;) {
    await bell.wait(signal)
    for (const event of log.read(place, log.bounds().newest)) {
      yield { event: toMessage(log, event), isBacklog: false }
      signal.throwIfAborted()
      place = event.sequence
    }
  }
}

/** The number of the event after which to start. */
function startingPlace(log: AuditLog, { cursor, backlogSize }: WatchRequest): number {
  const { oldest, newest } = log.bounds()
  if (cursor === "") {
    const size = backlogSize === 0 ? DEFAULT_BACKLOG_SIZE : Math.min(Math.max(backlogSize, 0), MAX_BACKLOG_SIZE)
    return Math.max(newest - size, oldest - 1)
  }
  const place = decodeCursor(cursor)
  if (place === null) {
    const description = "is not a cursor of this service; send one as it was received, or none"
    throw invalidArgument([{ field: "cursor", reason: "CURSOR", description }])
  }
  if (place.logId !== log.id || place.sequence > newest) throw outOfRange("This cursor is of another log")
  return place.sequence
}

function outOfRange(reason: string): ConnectError {
  return new ConnectError(`${reason}; start again without a cursor.`, Code.OutOfRange)
}

function toMessage(log: AuditLog, event: LoggedEvent): AuditEvent {
  const { sequence, timeMs, action, actor, userId, userDisplayName, changes } = event
  return create(AuditEventSchema, {
    cursor: encodeCursor({ logId: log.id, sequence }),
    sequence: BigInt(sequence),
    time: timestampFromMs(timeMs),
    action,
    actor,
    userId,
    userDisplayName,
    changes: changes.map(([field, oldValue, newValue]) => ({ field, oldValue, newValue })),
  })
}
