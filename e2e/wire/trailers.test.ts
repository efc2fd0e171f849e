import { trailers } from "./cases/trailers.ts"
import { testCases } from "./test-cases.ts"

testCases("trailers", trailers)
