import { expect, it } from "vitest"
import { whyNotLinear } from "../../../tools/fuzz/linear.ts"
import { chooseReplyWire, parseContentType } from "../src/content-type.ts"
import { decodeBinaryValue, isMetadataName, isSafeValue } from "../src/metadata.ts"
import { parseStatusCode } from "../src/status.ts"
import { decodeStatusMessage, encodeStatusMessage, normalizeStatusMessage } from "../src/status-message.ts"
import { parseTimeout } from "../src/timeout.ts"
import { parseTrailerBlock } from "../src/trailer-block.ts"
import { latin1 } from "./chunks.ts"

const readers: Record<string, (text: string) => unknown> = {
  chooseReplyWire: (text) => chooseReplyWire(text, "grpc-web"),
  parseContentType,
  decodeBinaryValue,
  isMetadataName,
  isSafeValue,
  parseStatusCode,
  decodeStatusMessage,
  encodeStatusMessage,
  normalizeStatusMessage,
  parseTimeout,
  parseTrailerBlock: (text) => parseTrailerBlock(latin1(text)),
}

/** Each is repeated until the text has its length. */
const repeated = [
  " ",
  "\t;",
  ",",
  ", ",
  ";",
  ";q=0 ",
  ";q=1.1",
  "%",
  "%e7",
  "%4",
  "=",
  "A",
  "0",
  "a:\n",
  "a: \t",
  "\r\n",
  "\u00e7",
]
const surroundings = [
  ["", ""],
  ["application/grpc-web+a", "!"],
  ["a:", "x \0"],
] as const

it.each(Object.keys(readers))("%s reads the worst text in linear time", (name) => {
  for (const piece of repeated) {
    for (const [before, after] of surroundings) {
      const text = (length: number): string => before + piece.repeat(length / piece.length) + after
      expect(whyNotLinear(readers[name], text), JSON.stringify(before + piece)).toBeNull()
    }
  }
})
