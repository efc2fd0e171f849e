import { corsHttp } from "./cases/cors-http.ts"
import { testCases } from "./test-cases.ts"

testCases("CORS and HTTP", corsHttp)
