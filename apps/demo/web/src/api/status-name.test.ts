import { Code } from "@connectrpc/connect"
import { expect, it } from "vitest"

import { statusName } from "./status-name.ts"

it("writes codes as gRPC does", () => {
  expect([Code.Canceled, Code.NotFound, Code.DeadlineExceeded, Code.Internal].map(statusName)).toEqual([
    "CANCELLED",
    "NOT_FOUND",
    "DEADLINE_EXCEEDED",
    "INTERNAL",
  ])
})

it("keeps the number of a code that it does not know", () => {
  expect(statusName(99 as Code)).toBe("code 99")
})
