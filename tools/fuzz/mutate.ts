import type { Random } from "./random.ts"

/** Material for mutations. */
export interface Material {
  readonly random: Random
  /** Other inputs. Mutations insert pieces of them. */
  readonly inputs: readonly Uint8Array[]
  /** Words of the target. Mutations insert them. */
  readonly words: readonly Uint8Array[]
  readonly maxBytes: number
}

type Mutation = (input: Buffer, material: Material) => Uint8Array

const oddBytes = [0, 1, 2, 0x0a, 0x0d, 0x20, 0x25, 0x2c, 0x3d, 0x7f, 0x80, 0x81, 0xfe, 0xff]
const oddLengths = [0, 1, 5, 16, 255, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]

const mutations: readonly Mutation[] = [
  (input, { random }) => changed(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, { random }) => changed(input, random, () => random.below(256)),
  (input, { random }) => changed(input, random, () => random.pick(oddBytes)),
  (input, { random }) => changed(input, random, (byte) => byte + random.pick([-1, 1])),
  (input, { random }) => inserted(input, random, Buffer.of(random.below(256))),
  (input, { random }) => Buffer.concat([input, Buffer.of(random.below(256))]),
  (input, { random }) => inserted(input, random, Buffer.of(random.pick(oddBytes))),
  (input, { random }) => inserted(input, random, part(input, random)),
  (input, { random, inputs }) => inserted(input, random, part(random.pick(inputs) ?? input, random)),
  (input, { random, words }) => (words.length === 0 ? input : inserted(input, random, random.pick(words))),
  (input, { random, words }) => (words.length === 0 ? input : overwritten(input, random, random.pick(words))),
  (input, { random }) => overwritten(input, random, uint32(random.pick(oddLengths))),
  (input, { random }) => overwritten(input, random, uint32(random.below(input.length + 2))),
  (input, { random }) => without(input, random),
  (input, { random }) => input.subarray(0, random.below(input.length + 1)),
]

/** Applies a few mutations to a copy of the input. The result has at most `maxBytes` and shares no memory with it. */
export function mutate(parent: Uint8Array, material: Material): Uint8Array {
  const { random, maxBytes } = material
  let child = Buffer.from(parent)
  for (let rounds = random.pick([1, 1, 1, 2, 4]); rounds > 0; rounds--) {
    child = Buffer.from(random.pick(mutations)(child, material)).subarray(0, maxBytes)
  }
  return Uint8Array.from(child)
}

function changed(input: Buffer, random: Random, change: (byte: number) => number): Uint8Array {
  if (input.length === 0) return input
  const at = random.below(input.length)
  input[at] = change(input[at])
  return input
}

function inserted(input: Buffer, random: Random, piece: Uint8Array): Uint8Array {
  const at = random.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)])
}

function overwritten(input: Buffer, random: Random, piece: Uint8Array): Uint8Array {
  const at = random.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at + piece.length)])
}

function without(input: Buffer, random: Random): Uint8Array {
  const at = random.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), input.subarray(at + 1 + random.below(8))])
}

function part(input: Uint8Array, random: Random): Uint8Array {
  const from = random.below(input.length + 1)
  return input.subarray(from, from + random.below(64))
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
