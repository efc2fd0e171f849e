import { framing } from "./cases/framing.ts"
import { testCases } from "./test-cases.ts"

testCases("framing", framing)
