import fc from "fast-check"
import { encodeFields, frame, rememberFields, Type } from "./h2-frames.ts"

const streamId = fc.constantFrom(1, 1, 1, 1, 3, 3, 3, 0, 2, 5)
const fields = fc.constantFrom(
  ...[
    [":status", "200", "content-type", "application/grpc"],
    [":status", "200"],
    ["grpc-status", "0"],
  ],
  ...[
    [":status", "103", "link", "a"],
    [":status", "404", "content-length", "3"],
    ["grpc-status", "5", "x", "1"],
  ],
  ...[
    [":status", "200", "x", "a\nb", "y", "1"],
    ["grpc-status", "0", "x", " a"],
  ],
)
const block = fc.oneof(
  { weight: 6, arbitrary: fields.map(encodeFields) },
  { weight: 2, arbitrary: fields.map(rememberFields) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(0x88, 0xbe, 0xbf, 0xc0), { maxLength: 3 }).map((all) => Buffer.from(all)),
  },
)
const headers = fc
  .tuple(streamId, fc.constantFrom(4, 4, 4, 5, 5, 0), block)
  .map(([id, flags, bytes]) => frame(Type.Headers, flags, id, bytes))
const data = fc
  .tuple(streamId, fc.constantFrom(0, 0, 0, 1, 8), fc.constantFrom("", "abc", "\x01ab\0", "abcdefghi"))
  .map(([id, flags, text]) => frame(Type.Data, flags, id, Buffer.from(text, "latin1")))
const uint32 = fc.constantFrom(0, 1, 3, 8, 100, 65_535, 2 ** 31 - 1).map((value) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
})
const setting = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 77), fc.oneof(uint32, fc.constant(Buffer.of(0, 0, 64, 0))))
  .map(([id, value]) => Buffer.concat([Buffer.of(0, id), value]))
const control = fc.oneof(
  fc.tuple(streamId, uint32).map(([id, code]) => frame(Type.RstStream, 0, id, code)),
  fc.tuple(streamId, uint32).map(([id, increment]) => frame(Type.WindowUpdate, 0, id, increment)),
  fc.tuple(uint32, uint32).map(([id, code]) => frame(Type.Goaway, 0, 0, Buffer.concat([id, code]))),
  fc.array(setting, { maxLength: 2 }).map((all) => frame(Type.Settings, 0, 0, Buffer.concat(all))),
  fc.constant(frame(Type.Settings, 1, 0)),
  fc.constantFrom(0, 1).map((flags) => frame(Type.Ping, flags, 0, Buffer.alloc(8))),
  fc.tuple(streamId, block).map(([id, bytes]) => frame(Type.Continuation, 4, id, bytes)),
  fc.constant(frame(99, 0, 1, Buffer.from("x"))),
)
/** Frames of a backend that has two calls, on streams 1 and 3. Most are as they should be. */
export const backendFrames: fc.Arbitrary<Buffer[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: headers }, { weight: 5, arbitrary: data }, { weight: 2, arbitrary: control }),
  { maxLength: 8 },
)
