import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { codeName } from "@causeway/protocol"
import { BridgeError, internalError, reasonTable } from "./errors.ts"

const page = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8")

it("has a row in docs/errors.md for every reason, and no row for another", () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, reason]) => reason)
  expect(rows.toSorted()).toEqual(Object.keys(reasonTable).toSorted())
})

it("states in docs/errors.md the code of each reason, and the HTTP status of a refusal before routing", () => {
  for (const [reason, { code, http }] of Object.entries(reasonTable)) {
    const [, inDocs] = new RegExp(`^\\| \`${reason}\` \\|(.*)$`, "m").exec(page) ?? []
    if (reason !== "backend-not-grpc") expect(inDocs, reason).toContain(` ${codeName(code)}`)
    if (http !== null) expect(inDocs, reason).toMatch(new RegExp(`\\b${http}\\b`))
  }
})

it("gives an error the code of its reason, unless the call site gives another", () => {
  expect(new BridgeError("backend-reset", "").code).toBe(13)
  expect(new BridgeError("backend-reset", "", { code: 8 }).code).toBe(8)
})

it("tells the page that a defect was the bridge's, and keeps the cause for the log", () => {
  const cause = new TypeError("a secret detail")
  const error = internalError("stage", cause)
  expect(error).toMatchObject({ reason: "internal", code: 13, http: 500, cause })
  expect(error.message).not.toContain("secret")
  expect(internalError("stage", error)).toBe(error)
})
