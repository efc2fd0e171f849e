import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { encodeFrame } from "@causeway/protocol"
import { expect, it, vi } from "vitest"
import { join } from "../../test/grpc-web-bytes.ts"
import { systemClock } from "../clock.ts"
import { MockServer } from "./mock-server.ts"

const message = encodeFrame(0, new Uint8Array())

it.each([
  ["api.v1.UserService/GetUser", "no message", new Uint8Array(), "GetUser takes one message, and 0 came to the mock"],
  ["api.v1.UserService/GetUser", "two", join(message, message), "GetUser takes one message, and 2 came to the mock"],
  ["api.v1.AuditService/Watch", "no message", new Uint8Array(), "Watch takes one message, and 0 came to the mock"],
])("a request to %s with %s is UNIMPLEMENTED, and runs no method", async (path, _what, body, why) => {
  const server = new MockServer(systemClock)
  const method = vi.fn()
  server.add(UserService, { getUser: method })
  server.add(AuditService, { watch: method })
  const { signal } = new AbortController()
  const { header } = await server.answer({ path: `/${path}`, header: new Headers(), body, signal })
  expect(header.get("grpc-status")).toBe("12")
  expect(decodeURIComponent(header.get("grpc-message") ?? "")).toBe(why)
  expect(method).not.toHaveBeenCalled()
})
