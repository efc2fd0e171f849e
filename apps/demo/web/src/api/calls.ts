import { createCallLog } from "./call-log.ts"
import { sampleCalls } from "./call-samples.ts"
import { learnHttpVersions } from "./http-versions.ts"
import { recordCalls } from "./record-calls.ts"

/** The calls of this page. */
export const callLog = createCallLog()

/** What the page's transport records its calls with. */
export const recorder = recordCalls(callLog)

learnHttpVersions(callLog)

/** The times of the calls that have ended. */
export const callSamples = sampleCalls(callLog)
