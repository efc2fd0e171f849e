import { MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { createMetadataEdit, routeFieldProblem } from "./edit-metadata.ts"

const edit = (changes: Parameters<typeof createMetadataEdit>[0]) =>
  createMetadataEdit(changes) ?? expect.fail("no edit")

describe("createMetadataEdit", () => {
  it("is null if there is nothing to do", () => {
    expect(createMetadataEdit({ add: [], remove: [], require: [] })).toBeNull()
  })

  it("replaces what the client sent under an added name, removes, and keeps the rest in order", () => {
    const given = new MetadataList(["a", "1", "x-env", "forged", "b", "2", "secret", "3", "a", "4", "x-env", "twice"])
    const changed = edit({
      add: [
        ["X-Env", "prod"],
        ["x-env", "eu"],
      ],
      remove: ["Secret"],
      require: [],
    }).apply(given)
    expect([...changed].flat()).toEqual(["a", "1", "b", "2", "a", "4", "x-env", "prod", "x-env", "eu"])
    expect(given.size).toBe(6)
  })

  it("removes and replaces every spelling that a backend may read as the same name", () => {
    const given = new MetadataList(["x_env", "forged", "x.env", "forged", "secret_key", "s", "x_tag", "1"])
    const changed = edit({ add: [["x-env", "prod"]], remove: ["secret-key"], require: [] }).apply(given)
    expect([...changed].flat()).toEqual(["x_tag", "1", "x-env", "prod"])
    expect(edit({ add: [], remove: [], require: ["x-env"] }).missing(given)).toBe("x-env")
  })

  it("never takes a value for a name", () => {
    const changed = edit({ add: [], remove: ["b"], require: [] }).apply(new MetadataList(["a", "b", "b", "a"]))
    expect([...changed].flat()).toEqual(["a", "b"])
  })

  it("names the first field that is missing, and copies nothing then", () => {
    const required = edit({ add: [], remove: [], require: ["Authorization", "x-tenant"] })
    const full = new MetadataList(["x-tenant", "", "authorization", "t"])
    expect(required.missing(full)).toBeNull()
    expect(required.missing(new MetadataList(["x-tenant", "1"]))).toBe("authorization")
    expect(required.missing(new MetadataList(["authorization", "1"]))).toBe("x-tenant")
    expect(required.apply(full)).toBe(full)
  })
})

describe("routeFieldProblem", () => {
  it.each(["authorization", "X-Env", "x-data-bin", "cookie", "user-agent"])("accepts %s", (name) =>
    expect(routeFieldProblem(name)).toBeNull(),
  )

  it.each([
    ":path",
    ":authority",
    "grpc-timeout",
    "Grpc-Status",
    "te",
    "host",
    "content-type",
    "Connection",
    "a b",
    "",
    "x\r\ny",
  ])("refuses %j", (name) => expect(routeFieldProblem(name)).toContain(`"${name}"`))
})
