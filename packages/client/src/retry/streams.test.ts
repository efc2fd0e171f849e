import { Code, ConnectError } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { wordsOf } from "../../test/clients.ts"
import { okTrailer, trailerFrame, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { found, unavailable, retrying, previousAttempts } from "../../test/retry-setup.ts"
import type { Script } from "../../test/scripted-fetch.ts"

describe("a stream", () => {
  it("is opened again with its request while no headers have arrived", async () => {
    const { audit, requests } = retrying([unavailable, { body: [watchFrame("a"), okTrailer] }])
    const { messages, error } = await outcomeOf(audit.watch({ backlogSize: 3 }))
    expect(error).toBeUndefined()
    expect(wordsOf(messages)).toEqual(["a"])
    expect(requests).toHaveLength(2)
    expect(requests[1].body).toEqual(requests[0].body)
    expect(requests[0].body.length).toBeGreaterThan(5)
  })

  it("is committed once its headers have arrived, whatever follows them (gRFC A6)", async () => {
    const late: Script = { body: [trailerFrame("grpc-status:14")] }
    const { audit, requests } = retrying([late, { body: [okTrailer] }])
    expect((await outcomeOf(audit.watch({}))).error?.code).toBe(Code.Unavailable)
    expect(requests).toHaveLength(1)
  })

  it("of requests is not repeated once a request was read, whatever its policy says", async () => {
    const { imports, requests } = retrying([unavailable, found], { mayRepeat: true })
    async function* rows() {
      yield { user: { email: "a@x.test" } }
    }
    expect((await errorOf(imports.import(rows()))).code).toBe(Code.Unavailable)
    expect(requests).toHaveLength(1)
  })

  it("of requests is repeated while no request was read", async () => {
    let failures = 2
    const unready: Interceptor = (next) => (request) =>
      failures-- > 0 ? Promise.reject(new ConnectError("not yet", Code.Unavailable)) : next(request)
    const { support, requests } = retrying([{ body: [okTrailer] }], { mayRepeat: true }, [unready])
    async function* questions() {
      yield { text: "a" }
    }
    expect((await outcomeOf(support.chat(questions()))).error).toBeUndefined()
    expect(requests).toHaveLength(1)
    expect(previousAttempts(requests)).toEqual(["2"])
  })
})
