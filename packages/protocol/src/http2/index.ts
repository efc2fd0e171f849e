export { H2ErrorCode } from "./error-code.ts"
export type { ConnectionProblem } from "./error-code.ts"
export { FieldBlockCache } from "./field-block-cache.ts"
export { FieldBlockDecoder } from "./field-block-decoder.ts"
export type { FieldBlock, FieldBlockDecoderOptions } from "./field-block-decoder.ts"
export { FieldBlockEncoder } from "./field-block-encoder.ts"
export {
  clientPreface,
  defaultMaxFrameBytes,
  defaultWindowBytes,
  encodeSettings,
  FrameFlag,
  FrameType,
  h2FrameHeaderBytes,
  maxWindowBytes,
  readUint31,
  readUint32,
  SettingId,
  writeH2FrameHeader,
  writeUint32,
} from "./frame.ts"
export { FrameReader } from "./frame-reader.ts"
export type { FrameLimits, FrameSink } from "./frame-reader.ts"
