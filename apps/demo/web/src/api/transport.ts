import { createTransport } from "@causeway/client"

import { bridgeUrl } from "./bridge-url.ts"
import { lastCall } from "./last-call.ts"

/** The one transport of this page: all calls go to the bridge, with a deadline, and show up in the header. */
export const transport = createTransport({
  baseUrl: bridgeUrl,
  defaultTimeoutMs: 10_000,
  interceptors: [lastCall.interceptor],
})
