import { createTransport } from "@causeway/client"

import { bridgeUrl } from "./bridge-url.ts"
import { recorder } from "./calls.ts"

/** The one transport of this page: all calls go to the bridge, with a deadline, and are recorded for the calls page. */
export const transport = createTransport({
  baseUrl: bridgeUrl,
  defaultTimeoutMs: 10_000,
  interceptors: [recorder.interceptor],
  fetch: recorder.fetch,
})
