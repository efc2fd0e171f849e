import { create } from "@bufbuild/protobuf"
import { RpcError } from "@causeway/client"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import errorsPage from "../../../../../docs/errors.md?raw"
import { hasWordsForReason } from "./problem-words.ts"
import { explain } from "./problem.ts"

const place = { bridgeUrl: "http://bridge.example:8080", origin: "http://page.example" }
const codes = Object.values(Code).filter((code) => typeof code === "number")

describe("explain", () => {
  it("has words of its own for every reason of the bridge that a page can get with a status", () => {
    // Refusals over HTTP have a number in their third column. A page gets no reason when it has left, and only words for a code otherwise.
    const rows = [...errorsPage.matchAll(/^\| `([a-z0-9-]+)` \| [^|]+ \|(?! \d{3} \|)/gm)].map(([, reason]) => reason)
    const byCodeAlone = ["client-gone", "deadline-exceeded"]
    const wordless = rows.filter((reason) => !hasWordsForReason(reason) && !byCodeAlone.includes(reason))
    expect(rows.length).toBeGreaterThan(30)
    expect(wordless).toEqual([])
  })

  it("names the bridge and the page's origin when there was no answer", () => {
    const message = "no answer from http://bridge.example:8080 (Failed to fetch): the bridge does not run there"
    const problem = explain(new RpcError(message, Code.Unavailable, { source: "network" }), place)
    expect(problem.remedy).toContain("http://bridge.example:8080")
    expect(problem.remedy).toContain("--cors-origin http://page.example")
    expect(problem.labels).toEqual(["UNAVAILABLE"])
  })

  it("names the relay first where the call went over one", () => {
    const relayed = { ...place, relayUrl: "http://relay.example:1" }
    const [none, half] = ["no answer from http://relay.example:1 (Failed to fetch)", "the connection broke"].map(
      (message) => explain(new RpcError(message, Code.Unavailable, { source: "network" }), relayed),
    )
    expect(none.cause).toContain("http://relay.example:1")
    expect(none.remedy).toMatch(/^Call again past the relay\..*http:\/\/bridge\.example:8080/)
    expect(half.cause).toContain("http://relay.example:1")
    const elsewhere = explain(new RpcError("…", Code.Unknown, { source: "http" }), relayed)
    expect(elsewhere.cause).toContain("http://relay.example:1")
    expect(elsewhere.cause).not.toContain(place.bridgeUrl)
  })

  it("does not ask whether the bridge runs when its answer broke off", () => {
    const message = "the connection broke while the answer was read (network error)"
    const problem = explain(new RpcError(message, Code.Unavailable, { source: "network" }), place)
    expect(problem.title).toBe("The answer broke off")
    expect(problem.remedy).not.toContain("--cors-origin")
  })

  it("tells a backend that is away from a bridge that is stopping by the bridge's reason", () => {
    const titles = ["backend-unreachable", "backend-lost", "draining", "shut-down"].map(
      (reason) => explain(new RpcError("…", Code.Unavailable, { source: "server", reason }), place).title,
    )
    expect(titles).toEqual([
      "The service is out of reach",
      "The service was lost during the call",
      "The bridge is stopping",
      "The bridge stopped",
    ])
  })

  it("tells a message that is too long from calls that are too many, though both are RESOURCE_EXHAUSTED", () => {
    const [tooLarge, tooMany] = ["request-too-large", "client-busy"].map((reason) =>
      explain(new RpcError("…", Code.ResourceExhausted, { source: "server", reason }), place),
    )
    expect(tooLarge.title).toBe("The message is too large")
    expect(tooLarge.remedy).toContain("--max-request-message-bytes")
    expect(tooMany.title).toBe("Too much at once")
  })

  it("tells a service that keeps failing, metadata that are too long, and a defect of the bridge from a service that broke off", () => {
    const [budget, head, defect] = ["retry-budget-exhausted", "reply-head-too-large", "internal"].map((reason) =>
      explain(new RpcError("…", Code.Internal, { source: "server", reason }), place),
    )
    expect(budget.cause).toContain("does not repeat")
    expect(head.remedy).toContain("send large values in messages")
    expect(defect.title).toBe("The bridge failed on this call")
    expect(defect.remedy).toContain("stack")
  })

  it.each(["backend-reset", "backend-not-grpc"])("names the flag and the file's upstreams after %s", (reason) => {
    const { remedy } = explain(new RpcError("…", Code.Unknown, { source: "server", reason }), place)
    expect(remedy).toContain("--upstream or the upstreams in its file")
  })

  it("shows code, reason and HTTP status where there are such", () => {
    const init = { source: "http", reason: "bad-frame", httpStatus: 502 } as const
    expect(explain(new RpcError("…", Code.DataLoss, init), place).labels).toEqual([
      "DATA_LOSS",
      "bad-frame",
      "HTTP 502",
    ])
  })

  it("gives the first violation of each field of a google.rpc.BadRequest", () => {
    const error = new RpcError("user.email is required", Code.InvalidArgument, { source: "server" })
    const fieldViolations = [
      { field: "user.email", description: "is required" },
      { field: "user.email", description: "is too short" },
      { field: "user.team", description: "is too long" },
    ]
    error.details = [{ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) }]
    const expected = { "user.email": "is required", "user.team": "is too long" }
    expect(Object.fromEntries(explain(error, place).fieldErrors)).toEqual(expected)
  })

  it("has words for what is no error of a call", () => {
    expect(explain(new TypeError("x is undefined"), place)).toMatchObject({
      title: "This page made a mistake",
      message: "x is undefined",
      labels: [],
    })
  })

  it.each(codes)("has title, cause and remedy for code %i, whoever failed", (code) => {
    for (const source of ["network", "http", "protocol", "server", "client"] as const) {
      const { title, cause, remedy } = explain(new RpcError("…", code, { source }), place)
      expect(Math.min(title.length, cause.length, remedy.length)).toBeGreaterThan(10)
    }
  })
})
