import { streamingSize } from "./cases/streaming-size.ts"
import { testCases } from "./test-cases.ts"

testCases("streaming and size", streamingSize)
