import { requestHead } from "./cases/request-head.ts"
import { testCases } from "./test-cases.ts"

testCases("request head", requestHead)
