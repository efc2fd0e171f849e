import { trailersStatus } from "./cases/trailers-status.ts"
import { testCases } from "./test-cases.ts"

testCases("trailers and status", trailersStatus)
