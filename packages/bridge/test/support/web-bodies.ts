import { encodeBase64 } from "@causeway/protocol"
import fc from "fast-check"
import { grpcMessage } from "./h2-frames.ts"
import type { TestCarrier } from "./web-call.ts"
import { carriers } from "./web-call.ts"

/** A request or answer on the wire. */
export interface WebBody {
  readonly carrier: TestCarrier
  readonly isText: boolean
  /** Payloads of the messages. */
  readonly payloads: readonly Uint8Array[]
  /** Of the messages in this wire. */
  readonly bytes: Buffer
  /** Offsets at which the network cuts it, in any order. */
  readonly cuts: readonly number[]
}

const payload = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 60_000, max: 140_000 }).map((length) => new Uint8Array(length).fill(0x55)),
  },
)
const cuts = fc.array(fc.nat(), { maxLength: 6 })

/** Any messages in either wire, on either carrier; text in segments of any size. */
export const webBody: fc.Arbitrary<WebBody> = fc
  .record({
    carrier: fc.constantFrom(...carriers),
    isText: fc.boolean(),
    payloads: fc.array(payload, { maxLength: 4 }),
    segments: cuts,
    cuts,
  })
  .map(({ segments, ...body }) => {
    const frames = Buffer.concat(body.payloads.map((one) => grpcMessage(one)))
    return { ...body, bytes: body.isText ? Buffer.concat(cutAt(frames, segments).map(encodeBase64)) : frames }
  })

/** The bytes cut at these offsets, in any order and of any size. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const cuts = offsets.map((offset) => offset % (bytes.length + 1)).toSorted((a, b) => a - b)
  return [...cuts, bytes.length].map((end, i) => bytes.subarray(cuts[i - 1] ?? 0, end))
}

/** The fields that announce the wire, for the request and for the answer. */
export function wireFields({ isText }: WebBody): string[] {
  const type = `application/grpc-web${isText ? "-text" : ""}+proto`
  return ["content-type", type, "accept", type]
}

/** Damage to bytes in transit. */
export type Damage =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "drop"; readonly at: number }
  | { readonly kind: "insert"; readonly at: number; readonly byte: number }

const at = fc.nat()
export const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant("cut" as const), at }),
  fc.record({ kind: fc.constant("drop" as const), at }),
  fc.record({ kind: fc.constant("insert" as const), at, byte: fc.integer({ min: 0, max: 255 }) }),
)

/** The bytes that arrive. Offsets beyond the end count from the beginning again. */
export function damaged(bytes: Uint8Array, damage: Damage): Buffer {
  const at = damage.at % Math.max(1, bytes.length)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (damage.kind) {
    case "flip":
      return Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ (1 << damage.bit) : byte)))
    case "cut":
      return Buffer.from(before)
    case "drop":
      return Buffer.concat([before, after.subarray(1)])
    case "insert":
      return Buffer.concat([before, Buffer.of(damage.byte), after])
  }
}
