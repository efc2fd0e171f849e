import { createTransport } from "@causeway/client"

import { bridgeUrl } from "./bridge-url.ts"
import { recorder } from "./calls.ts"
import { pageLife } from "./page-life.ts"

/** The one transport of this page: all calls go to the bridge, with a deadline, and are recorded for the calls page. */
export const transport = createTransport({
  baseUrl: bridgeUrl,
  defaultTimeoutMs: 10_000,
  interceptors: [pageLife.interceptor, recorder.interceptor],
  fetch: recorder.fetch,
})
