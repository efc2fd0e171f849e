import { bufferedRequests, createTransport, devtools, logger, retry, warnWhenCrowded } from "@causeway/client"

import { bridgeUrl } from "./bridge-url.ts"
import { recorder } from "./calls.ts"
import { pageLife } from "./page-life.ts"

/** Aids for developers of this page. A production build contains none of them. */
const inDevelopment = import.meta.env.DEV
  ? // On the console: how each call ended, and why one waits behind six streams over HTTP/1.1.
    { outermost: [logger(), warnWhenCrowded()], innermost: [devtools()] }
  : { outermost: [], innermost: [] }

/** The one transport of this page: all calls go to the bridge, with a deadline. */
export const transport = createTransport({
  baseUrl: bridgeUrl,
  defaultTimeoutMs: 10_000,
  // The first one sees a call first, and its answer last.
  interceptors: [
    ...inDevelopment.outermost,
    // For the calls page: one record for a call, however many requests it took.
    recorder.interceptor,
    // Retries reads that reached no backend. Streams are left to `resumable`, which knows where to continue.
    retry({ forMethod: ({ methodKind }) => (methodKind === "unary" ? undefined : { maxAttempts: 1 }) }),
    // Inside retry, so that leaving the page is not retried.
    pageLife.interceptor,
    ...inDevelopment.innermost,
  ],
  requestStreaming: bufferedRequests(),
  fetch: recorder.fetch,
})
