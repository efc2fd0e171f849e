import { mockGrpc } from "@causeway/client/playwright"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { expectEvents } from "./support/expect-events.ts"
import { expect, test } from "./support/test.ts"

test("an error explains that the backend is down, and Retry works when it is back", async ({
  page,
  demo,
  bridgeTo,
  openConsole,
}) => {
  await demo.stop()
  const bridge = await bridgeTo(demo)
  // A page without a stream that would find the backend by itself, so that Retry is needed.
  await mockGrpc(page, AuditService, {}, { baseUrl: bridge.address })
  await openConsole(bridge)
  const loads: unknown[] = []
  page.on("load", () => loads.push("load"))
  const alert = page.getByRole("alert")
  await expect(alert).toContainText("The service is out of reach")
  await expect(alert).toContainText("UNAVAILABLE")
  await expect(alert).toContainText("backend-unreachable")

  await demo.start()
  await alert.getByRole("button", { name: "Retry" }).click()
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  expect(loads).toEqual([])
})

test("a read that reached no backend is retried before an error is shown, and the page of calls shows the attempts", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  let calls = 0
  const listUsers = () => {
    calls++
    if (calls === 1) throw new ConnectError("only for a moment", Code.Unavailable)
    return { totalSize: 1n, users: [{ id: "usr_1", displayName: "Ada Lovelace", email: "ada@tidewater.example" }] }
  }
  await openConsole(await bridgeTo(await scriptBackend({ users: { listUsers } })))
  await expect(page.getByText("1–1 of 1")).toBeVisible()
  await page.getByRole("button", { name: "Show calls" }).click()
  const call = page.getByRole("table", { name: "Calls" }).getByRole("button", { name: /ListUsers/ })
  await call.click()
  await page.getByRole("tab", { name: "Overview" }).click()
  await expect(page.getByText("Requests made").locator("..")).toContainText("2")
  expect(calls).toBe(2)
})

test("the stream of an open page waits while the backend is down, and resumes by itself", async ({
  page,
  demo,
  bridgeTo,
  openConsole,
}) => {
  const bridge = await bridgeTo(demo)
  await openConsole(bridge, "audit")
  // A fresh demo has 240 events, and the page asks for the last hundred.
  await expectEvents(page, 141, 240)
  await demo.stop()
  await expect(page.getByRole("alert")).toContainText("UNAVAILABLE")

  await demo.start()
  await expect(page.getByText("Open", { exact: true })).toBeVisible()
  const { users } = await demo.users.listUsers({ pageSize: 1 })
  await demo.users.deleteUser({ id: users[0]?.id ?? "" })
  await expectEvents(page, 141, 241)
  await expect(page.getByText("101 events received, resumed once")).toBeVisible()
  await expect(page.getByRole("alert")).toBeHidden()
})
