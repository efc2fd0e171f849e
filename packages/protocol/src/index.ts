export { Base64Decoder, encodeBase64 } from "./base64.ts"
export * as Code from "./code.ts"
export { chooseReplyWire, formatContentType, parseContentType } from "./content-type.ts"
export type { GrpcContentType, GrpcWire, WebWire } from "./content-type.ts"
export {
  encodeFrame,
  flagCompressed,
  flagTrailer,
  FrameDecoder,
  frameHeaderBytes,
  readFrameLength,
  writeFrameHeader,
} from "./frame.ts"
export type { Frame, FrameDecoderOptions, FrameViolation } from "./frame.ts"
export { FrameScanner } from "./frame-scanner.ts"
export {
  appendBinaryValues,
  decodeBinaryValue,
  emptyMetadata,
  encodeBinaryValue,
  isMetadataName,
  isSafeValue,
  MetadataList,
} from "./metadata.ts"
export type { Metadata } from "./metadata.ts"
export { codeFromHttpStatus, codeName, parseStatusCode } from "./status.ts"
export { decodeStatusMessage, encodeStatusMessage, normalizeStatusMessage } from "./status-message.ts"
export { formatTimeout, parseTimeout } from "./timeout.ts"
export { encodeTrailerBlock, encodeTrailerFrame, parseTrailerBlock } from "./trailer-block.ts"
