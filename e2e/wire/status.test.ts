import { status } from "./cases/status.ts"
import { testCases } from "./test-cases.ts"

testCases("status", status)
