import { createClient, createTransport } from "@causeway/client"
import { UserService } from "@causeway/proto/api/v1/user_pb"

import { bridgeUrl } from "../api/bridge-url.ts"
import { seenError } from "../api/seen-error.ts"
import type { StrangerReport } from "./report.ts"

// A page of an origin that the bridge refuses. It makes one call and reports the result to the page that embeds it.

const users = createClient(UserService, createTransport({ baseUrl: bridgeUrl, defaultTimeoutMs: 10_000 }))
const report: StrangerReport = { kind: "stranger", error: await call() }
// Opened directly, it has no page to report to.
if (document.referrer !== "") window.parent.postMessage(report, new URL(document.referrer).origin)

async function call(): Promise<StrangerReport["error"]> {
  try {
    await users.listUsers({ pageSize: 1 })
    return null
  } catch (error) {
    return seenError(error, { bridgeUrl, origin: window.location.origin })
  }
}
