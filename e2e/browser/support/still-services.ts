import { create } from "@bufbuild/protobuf"
import type { MessageInitShape } from "@bufbuild/protobuf"
import { durationFromMs } from "@bufbuild/protobuf/wkt"
import { createReflectionService } from "@causeway/demo/server/reflection-service.ts"
import { AuditAction, AuditService } from "@causeway/proto/api/v1/audit_pb"
import type { AuditEventSchema } from "@causeway/proto/api/v1/audit_pb"
import { BridgeService, BridgeSnapshotSchema } from "@causeway/proto/api/v1/bridge_pb"
import type { BridgeSnapshot, MethodNumbersSchema } from "@causeway/proto/api/v1/bridge_pb"
import { UserRole, UserService, UserState } from "@causeway/proto/api/v1/user_pb"
import type { UserSchema } from "@causeway/proto/api/v1/user_pb"
import type { ScriptedServices } from "./scripted-backend.ts"

/** 9 March 2026, 10:00 UTC: when the pictures are taken. All times in them are before it. */
export const stillNow = new Date("2026-03-09T10:00:00Z")

const ago = (minutes: number) => ({ seconds: BigInt(Math.round(stillNow.getTime() / 1_000 - minutes * 60)) })
const names = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Radia Perlman", "Zoë Ångström"]
const nameAt = (index: number): string => names[index % names.length] ?? ""
const emailOf = (name: string): string => `${name.split(" ")[0]?.toLowerCase()}@tidewater.example`

const users = Array.from({ length: 20 }, (_, index): MessageInitShape<typeof UserSchema> => ({
  id: `usr_${index}`,
  displayName: nameAt(index),
  email: emailOf(nameAt(index)),
  team: ["Platform", "Finance", ""][index % 3],
  role: [UserRole.OWNER, UserRole.ADMIN, UserRole.MEMBER][index % 3],
  state: [UserState.ACTIVE, UserState.INVITED, UserState.SUSPENDED][index % 3],
  storageBytes: BigInt(index) ** 9n,
  createTime: ago(99_999),
  lastSeenTime: index % 4 === 3 ? undefined : ago(index ** 3),
}))

function eventAt(sequence: number): MessageInitShape<typeof AuditEventSchema> {
  const action = (1 + (sequence % 6)) as AuditAction
  const isUpdate = action === AuditAction.USER_UPDATED
  return {
    cursor: String(sequence),
    sequence: BigInt(sequence),
    time: ago(41 - sequence),
    action,
    actor: "console",
    userId: "usr_1",
    userDisplayName: nameAt(sequence),
    changes: isUpdate ? [{ field: "team", oldValue: "Finance", newValue: "Platform" }] : [],
  }
}

/** What the bridge had counted after so many seconds. */
export function snapshotAfter(seconds: number): BridgeSnapshot {
  const wave = Math.round(20 + 12 * Math.sin(seconds / 3))
  return create(BridgeSnapshotSchema, {
    startTime: ago(135),
    isReady: true,
    callsInFlight: BigInt(wave),
    connectionsOpen: 12n + BigInt(seconds % 3),
    sessionsOpen: 2n,
    eventLoopDelayMax: durationFromMs(2 + (seconds % 4)),
    eventLoopDelayP99: durationFromMs(1.4),
    cpuTime: durationFromMs(40_000 + 90 * seconds),
    memoryBytes: 84_300_000n,
    requestBytes: 4_200_000n + 3_100n * BigInt(seconds),
    replyBytes: 96_000_000n + 61_000n * BigInt(seconds),
    replyMessages: 88_000n + 40n * BigInt(seconds),
    refused: [
      { reason: "origin-refused", count: 7n },
      { reason: "request-too-large", count: 2n },
    ],
    endedByBridge: [{ reason: "client-gone", count: 31n }],
    methods: [
      methodAfter("api.v1.AuditService/Watch", BigInt(seconds), 12n),
      methodAfter("api.v1.UserService/ListUsers", 30n * BigInt(seconds), 0n),
    ],
  })
}

function methodAfter(method: string, calls: bigint, open: bigint): MessageInitShape<typeof MethodNumbersSchema> {
  const slow = calls / 50n
  return {
    method,
    started: calls + open,
    ended: [
      { code: "OK", count: calls - slow },
      { code: "DEADLINE_EXCEEDED", count: slow },
    ],
    durations: [
      { bound: durationFromMs(5), count: calls - slow },
      { bound: durationFromMs(100), count: slow },
    ],
  }
}

/** The first page of many users, whatever is asked for. */
export const listUsers = () => ({
  totalSize: 320n,
  nextPageToken: "more",
  users,
})

/** A backend in which nothing ever happens: its answers, and so the pages, are the same each time. */
export const stillServices: ScriptedServices = {
  users: { listUsers },
  audit: {
    async *watch({ backlogSize }, { signal }) {
      for (let sequence = 1; backlogSize > 0 && sequence <= 40; sequence++) {
        yield { isBacklog: true, event: eventAt(sequence) }
      }
      yield { caughtUp: { cursor: "40" } }
      await untilAborted(signal)
    },
  },
  bridge: {
    async *watchBridge(_, { signal }) {
      for (let second = 0; second <= 60; second++) {
        yield { time: ago(1 - second / 60), state: { case: "snapshot", value: snapshotAfter(second) } }
      }
      await untilAborted(signal)
    },
  },
  reflection: createReflectionService([UserService, AuditService, BridgeService]),
}

/** For a call that says no more, and does not end by itself. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
}
