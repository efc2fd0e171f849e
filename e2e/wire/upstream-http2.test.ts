import { upstreamHttp2 } from "./cases/upstream-http2.ts"
import { testCases } from "./test-cases.ts"

testCases("upstream HTTP/2", upstreamHttp2)
