import { mockGrpc } from "@causeway/client/playwright"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { RpcError } from "@causeway/client"
import { Code, ConnectError } from "@connectrpc/connect"
import { expect, test } from "./support/test.ts"

/** Nothing listens there, so every answer is the mock's. */
const bridge = { address: "http://bridge.invalid" }

test("a page's calls to another origin are answered by the test", async ({ page, openCalls }) => {
  const users = await mockGrpc(page, UserService, {
    getUser({ id }, { responseHeader, responseTrailer }) {
      responseHeader.set("x-head", "h")
      responseTrailer.set("x-tail", "t")
      return { user: { displayName: `Mock of ${id}` } }
    },
  })
  const calls = await openCalls(bridge)
  const report = await calls.getUser("7", { headers: { authorization: "Bearer t" } })
  expect(report).toMatchObject({ name: "Mock of 7", error: null })
  expect(report.header["x-head"]).toBe("h")
  expect(report.trailer["x-tail"]).toBe("t")
  expect(users.calls.map(({ method }) => method.name)).toEqual(["GetUser"])
  expect(users.calls[0].requests).toMatchObject([{ id: "7" }])
  expect(users.calls[0].header.get("authorization")).toBe("Bearer t")
})

test("the page's requests are the same as without a mock, except in Firefox", async ({
  page,
  openCalls,
  browserName,
}) => {
  const sent: boolean[] = []
  page.on("request", (request) => {
    if (request.url().startsWith(bridge.address)) sent.push("x-mock-body" in request.headers())
  })
  await mockGrpc(page, UserService, { getUser: ({ id }) => ({ user: { displayName: `Mock of ${id}` } }) })
  const calls = await openCalls(bridge)
  expect(await calls.getUser("7")).toMatchObject({ name: "Mock of 7" })
  expect(sent).toContain(browserName === "firefox")
  expect(sent).not.toContain(browserName !== "firefox")
})

test("a request that is too long for the mock in Firefox fails with an error that says so", async ({
  page,
  openCalls,
  browserName,
}) => {
  await mockGrpc(page, UserService, { getUser: ({ id }) => ({ user: { displayName: String(id.length) } }) })
  const calls = await openCalls(bridge)
  const length = 1024 * 1024
  const { name, error } = await calls.getUser("7".repeat(length))
  if (browserName === "firefox") expect(error?.message).toContain("mockGrpc sees no request above 1048576 bytes")
  else expect({ name, error }).toEqual({ name: String(length), error: null })
})

test("connect's own client gets the same answers", async ({ page, openCalls }) => {
  await mockGrpc(page, UserService, { getUser: ({ id }) => ({ user: { displayName: `Mock of ${id}` } }) })
  const calls = await openCalls(bridge, "stock")
  expect((await calls.getUser("7")).name).toBe("Mock of 7")
})

test("an error comes with its code, message, metadata and details", async ({ page, openCalls }) => {
  await mockGrpc(page, UserService, {
    getUser() {
      throw new ConnectError("naïve", Code.InvalidArgument, { "x-why": "because" }, [
        { desc: BadRequestSchema, value: { fieldViolations: [{ field: "id", description: "is empty" }] } },
      ])
    },
  })
  const { error } = await (await openCalls(bridge)).getUser("")
  expect(error).toMatchObject({
    code: Code.InvalidArgument,
    message: "naïve",
    source: "server",
    violations: ["id: is empty"],
  })
  expect(error?.metadata["x-why"]).toBe("because")
})

test("a stream is delivered in one piece, with its error after its messages", async ({ page, openCalls }) => {
  await mockGrpc(page, AuditService, {
    async *watch() {
      yield { event: { sequence: 1n } }
      yield { event: { sequence: 2n } }
      throw new ConnectError("draining", Code.Unavailable)
    },
  })
  const calls = await openCalls(bridge)
  await calls.watch("stream")
  expect(await calls.ended("stream")).toMatchObject({
    sequences: [1, 2],
    error: { code: Code.Unavailable, message: "draining", source: "server" },
  })
})

test("a stream that the network cut ends without its status", async ({ page, openCalls }) => {
  await mockGrpc(page, AuditService, {
    async *watch() {
      yield { event: { sequence: 1n } }
      throw new RpcError("cut", Code.Unavailable, { source: "network" })
    },
  })
  const calls = await openCalls(bridge)
  await calls.watch("stream")
  expect(await calls.ended("stream")).toMatchObject({
    sequences: [1],
    error: { code: Code.Unavailable, source: "network" },
  })
})

test.describe("with a failing network", () => {
  test.use({ expectedProblems: /ERR_FAILED|Failed to load|CORS request|Cross-Origin/ })

  test("a call gets no answer", async ({ page, openCalls }) => {
    await mockGrpc(page, UserService, {
      getUser() {
        throw new RpcError("no cable", Code.Unavailable, { source: "network" })
      },
    })
    const { error } = await (await openCalls(bridge)).getUser("7")
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
  })
})

test("services and addresses that are not mocked go to their server", async ({ page, demo, bridgeTo, openCalls }) => {
  const real = await bridgeTo(demo)
  const elsewhere = await mockGrpc(page, UserService, { getUser: () => ({}) }, { baseUrl: bridge.address })
  const audit = await mockGrpc(page, AuditService, { watch: () => [] })
  const calls = await openCalls(real)
  expect((await calls.getUser("none")).error).toMatchObject({ code: Code.NotFound, source: "server" })
  await calls.watch("stream")
  expect(await calls.ended("stream")).toMatchObject({ sequences: [], error: null })
  expect([elsewhere.calls.length, audit.calls.length]).toEqual([0, 1])
})
