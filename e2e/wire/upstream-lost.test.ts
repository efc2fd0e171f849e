import { upstreamLost } from "./cases/upstream-lost.ts"
import { testCases } from "./test-cases.ts"

testCases("upstream lost", upstreamLost)
