import { text } from "./cases/text.ts"
import { testCases } from "./test-cases.ts"

testCases("text", text)
