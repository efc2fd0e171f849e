import type { WireCase } from "../wire-case.ts"
import { corsHttp } from "./cors-http.ts"
import { framing } from "./framing.ts"
import { requestHead } from "./request-head.ts"
import { status } from "./status.ts"
import { streamingSize } from "./streaming-size.ts"
import { text } from "./text.ts"
import { timeCancel } from "./time-cancel.ts"
import { trailers } from "./trailers.ts"
import { upstreamHttp2 } from "./upstream-http2.ts"
import { upstreamLost } from "./upstream-lost.ts"

/** All cases, by theme. */
export const themes: readonly (readonly [theme: string, cases: readonly WireCase[]])[] = [
  ["framing", framing],
  ["text", text],
  ["request head", requestHead],
  ["trailers", trailers],
  ["status", status],
  ["upstream HTTP/2", upstreamHttp2],
  ["upstream lost", upstreamLost],
  ["time and cancel", timeCancel],
  ["CORS and HTTP", corsHttp],
  ["streaming and size", streamingSize],
]
