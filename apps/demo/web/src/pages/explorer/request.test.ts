import { createRegistry } from "@bufbuild/protobuf"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"

import { initialRequest, requestJson, toForm, toJsonMode } from "./request.ts"

const registry = createRegistry()
const { listUsers } = UserService.method
const importUsers = ImportService.method.import

describe("a request", () => {
  it("begins as one empty form, or with what a link says", () => {
    expect(initialRequest(listUsers, undefined, registry)).toEqual({ mode: "form", drafts: [{}] })
    expect(initialRequest(listUsers, { pageSize: 3 }, registry)).toEqual({ mode: "form", drafts: [{ page_size: "3" }] })
    expect(initialRequest(importUsers, [{}, {}], registry)).toEqual({ mode: "form", drafts: [{}, {}] })
  })

  it("shows a link that cannot be read as the JSON that it is", () => {
    expect(initialRequest(listUsers, { pagesize: 3 }, registry)).toMatchObject({ mode: "json" })
  })

  it("goes from the form to JSON and back", () => {
    const json = toJsonMode(listUsers, [{ page_size: "3", order: "USER_ORDER_NEWEST" }])
    if (json.mode !== "json") expect.fail(json.mode)
    expect(toForm(listUsers, json.text, registry)).toEqual({
      request: { mode: "form", drafts: [{ page_size: "3", order: "USER_ORDER_NEWEST" }] },
      problem: null,
    })
  })

  it("stays JSON while that cannot be read, and says why", () => {
    expect(toForm(listUsers, "{", registry)).toMatchObject({
      request: { mode: "json", text: "{" },
      problem: expect.stringContaining("JSON") as string,
    })
  })

  it("is good, with the JSON for a link, or says message by message what is wrong", () => {
    const drafts = [{ page_size: "3" }]
    expect(requestJson(listUsers, { mode: "form", drafts }, registry)).toEqual({
      kind: "good",
      drafts,
      json: { pageSize: "3" },
    })
    expect(requestJson(importUsers, { mode: "json", text: "[{}]" }, registry)).toMatchObject({
      kind: "good",
      json: [{}],
    })
    const bad = requestJson(listUsers, { mode: "form", drafts: [{ page_size: "x" }] }, registry)
    expect(bad.kind === "bad" && [...(bad.byMessage[0]?.keys() ?? [])]).toEqual(["page_size"])
    expect(requestJson(importUsers, { mode: "json", text: "{}" }, registry)).toMatchObject({ kind: "bad" })
  })
})
