import { create, createRegistry } from "@bufbuild/protobuf"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportRequestSchema, ImportService } from "@causeway/proto/api/v1/import_pb"
import { ChatRequestSchema, SupportService } from "@causeway/proto/api/v1/support_pb"
import { GetUserRequestSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { type Call, type CallState, createCallRunner } from "./call-runner.ts"

const registry = createRegistry()
let isCancelled = false
const transport = createRouterTransport((router) => {
  router.service(UserService, {
    getUser({ id }) {
      if (id === "") throw new ConnectError("no id", Code.InvalidArgument)
      return { user: { id, storageBytes: 9_007_199_254_740_993n } }
    },
  })
  router.service(ImportService, {
    async import(rows) {
      let receivedCount = 0n
      for await (const _ of rows) receivedCount++
      return { receivedCount }
    },
  })
  router.service(SupportService, {
    async *chat(questions) {
      for await (const { text } of questions) yield { text: text.toUpperCase() }
    },
  })
  router.service(AuditService, {
    async *watch({ backlogSize }, { signal }) {
      for (let i = 1; i <= backlogSize; i++) yield { event: { sequence: BigInt(i) } }
      await new Promise((resolve) => signal.addEventListener("abort", resolve))
      isCancelled = true
    },
  })
})

const runner = () => createCallRunner(transport, registry, () => 0)
const getUser = (id: string): Call => ({
  method: UserService.method.getUser,
  messages: [create(GetUserRequestSchema, { id })],
  timeoutMs: 0,
})

/** The state in which the call has ended. */
async function endOf(call: Call): Promise<Extract<CallState, { kind: "done" }>> {
  const { store, start } = runner()
  start(call)
  await expect.poll(() => store.get().kind).toBe("done")
  const state = store.get()
  return state.kind === "done" ? state : expect.fail(state.kind)
}

const textsOf = ({ messages }: { readonly messages: readonly { readonly text: string }[] }) =>
  messages.map(({ text }) => JSON.parse(text) as unknown)

describe("a call of the explorer", () => {
  it("shows the answer with whole 64-bit numbers", async () => {
    const end = await endOf(getUser("usr_1"))
    expect(textsOf(end)).toEqual([{ user: { id: "usr_1", storageBytes: "9007199254740993" } }])
    expect(end.error).toBeNull()
  })

  it("shows what it failed with", async () => {
    expect(await endOf(getUser(""))).toMatchObject({ messageCount: 0, error: { code: Code.InvalidArgument } })
  })

  it("streams its messages one way and the other", async () => {
    const rows = [create(ImportRequestSchema), create(ImportRequestSchema)]
    const imported = await endOf({ method: ImportService.method.import, messages: rows, timeoutMs: 0 })
    expect(textsOf(imported)).toEqual([{ receivedCount: "2" }])
    const questions = ["a", "b"].map((text) => create(ChatRequestSchema, { text }))
    const chat = await endOf({ method: SupportService.method.chat, messages: questions, timeoutMs: 0 })
    expect(textsOf(chat)).toEqual([{ text: "A" }, { text: "B" }])
  })

  it("shows a stream's messages as they come, keeps the last two hundred, and can be cancelled", async () => {
    const { store, start, cancel } = runner()
    const request = create(AuditService.method.watch.input, { backlogSize: 250 })
    start({ method: AuditService.method.watch, messages: [request], timeoutMs: 0 })
    await expect.poll(() => store.get()).toMatchObject({ kind: "running", messageCount: 250 })
    const state = store.get()
    if (state.kind !== "running") expect.fail(state.kind)
    expect([state.messages.length, state.messages[0]?.number]).toEqual([200, 51])
    cancel()
    await expect
      .poll(() => store.get())
      .toMatchObject({ kind: "done", messageCount: 250, error: { code: Code.Canceled } })
    await expect.poll(() => isCancelled).toBe(true)
  })

  it("leaves nothing of a call behind when it is cleared, or another begins", async () => {
    const { store, start, clear } = runner()
    const request = create(AuditService.method.watch.input, { backlogSize: 1 })
    start({ method: AuditService.method.watch, messages: [request], timeoutMs: 0 })
    start(getUser("usr_2"))
    await expect.poll(() => store.get()).toMatchObject({ kind: "done", method: { name: "GetUser" }, error: null })
    clear()
    expect(store.get()).toEqual({ kind: "idle" })
  })
})
