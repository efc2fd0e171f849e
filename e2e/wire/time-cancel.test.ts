import { timeCancel } from "./cases/time-cancel.ts"
import { testCases } from "./test-cases.ts"

testCases("time and cancel", timeCancel)
