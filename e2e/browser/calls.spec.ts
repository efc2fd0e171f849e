import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { fromBinary, toJson } from "@bufbuild/protobuf"
import { ListUsersResponseSchema } from "@causeway/proto/api/v1/user_pb"
import type { Page } from "@playwright/test"
import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/test.ts"
import type { Wire } from "./support/test.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../..")
const table = (page: Page) => page.getByRole("table", { name: "Calls" })
const listUsers = (page: Page) => table(page).getByRole("row").filter({ hasText: "ListUsers" }).first()

async function copiedCommands(page: Page): Promise<{ readonly curl: string; readonly bufCurl: string }> {
  await page.getByRole("tab", { name: "Copy as" }).click()
  const text = async (name: string) => (await page.getByRole("region", { name, exact: true }).textContent()) ?? ""
  return { curl: await text("curl command"), bufCurl: await text("buf curl command") }
}

/** Runs the command in a shell, and returns the bytes of the answer. */
async function runCurl(command: string): Promise<Buffer> {
  // -k: the certificate of the tests is self-signed.
  const { stdout } = await run("sh", ["-c", command.replace("curl -sS", "curl -k -sS")], { encoding: "buffer" })
  return stdout
}

async function runBufCurl(command: string, wire: Wire): Promise<string> {
  const path = `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`
  // buf refuses -k where there is no TLS.
  const trusting = wire === "h2" ? command.replace("buf curl", "buf curl -k") : command
  const { stdout } = await run("sh", ["-c", trusting], { cwd: root, env: { ...process.env, PATH: path } })
  return stdout
}

/** gRPC-Web: messages, then the trailers in a frame of their own, with the highest bit of its flag set. */
function grpcWebFrames(bytes: Buffer): readonly { readonly flag: number; readonly content: Buffer }[] {
  if (bytes.length === 0) return []
  const end = 5 + bytes.readUInt32BE(1)
  return [{ flag: bytes.readUInt8(0), content: bytes.subarray(5, end) }, ...grpcWebFrames(bytes.subarray(end))]
}

test.beforeEach(async ({ page, demo, bridgeTo, openConsole }) => {
  await openConsole(await bridgeTo(demo))
  await expect(page.getByText("1–20 of 320")).toBeVisible()
})

test("the drawer shows a call with its request, its answer and the HTTP version of the test", async ({
  page,
  wire,
}) => {
  await page.getByRole("button", { name: "Show calls" }).click()
  await expect(listUsers(page)).toContainText("OK")
  await expect(listUsers(page)).toContainText(wire === "h2" ? "HTTP/2" : "HTTP/1.1")
  await listUsers(page).getByRole("button").click()
  const details = page.getByRole("region", { name: "Call api.v1.UserService/ListUsers" })
  await expect(details.getByRole("region", { name: "Response message 1" })).toContainText('"totalSize": "320"')
  await details.getByRole("tab", { name: "Request" }).click()
  await expect(details.getByRole("region", { name: "Request message 1" })).toContainText('"pageSize": 20')
  await details.getByRole("tab", { name: "Headers" }).click()
  await expect(details).toContainText("application/grpc-web+proto")
  await expect(details).toContainText("grpc-status")
  await expectAccessible(page)
})

test("arrow keys go from call to call and from part to part, and Close gives the list back", async ({ page }) => {
  await page.getByRole("searchbox", { name: "Search users" }).fill("ada")
  await page.getByRole("button", { name: "Show calls" }).click()
  const calls = table(page).getByRole("button")
  await calls.nth(0).focus()
  await page.keyboard.press("ArrowDown")
  await expect(calls.nth(1)).toBeFocused()
  await page.keyboard.press("Enter")
  const response = page.getByRole("tab", { name: "Response" })
  await response.focus()
  await page.keyboard.press("ArrowRight")
  await expect(page.getByRole("tab", { name: "Request" })).toBeFocused()
  await expect(page.getByRole("tab", { name: "Request" })).toHaveAttribute("aria-selected", "true")
  await page.getByRole("button", { name: "Close details" }).click()
  await expect(response).toBeHidden()
})

test("the copied commands get the same answer", async ({ page, wire }) => {
  await page.getByRole("button", { name: "Show calls" }).click()
  await listUsers(page).getByRole("button").click()
  const seen = await page.getByRole("region", { name: "Response message 1" }).textContent()
  const { curl, bufCurl } = await copiedCommands(page)
  const [message, trailer, ...others] = grpcWebFrames(await runCurl(curl))
  expect([message.flag, trailer.flag, others.length]).toEqual([0, 0x80, 0])
  expect(trailer.content.toString()).toMatch(/^grpc-status: ?0\r$/m)
  const answer = fromBinary(ListUsersResponseSchema, message.content)
  expect(toJson(ListUsersResponseSchema, answer)).toEqual(JSON.parse(seen ?? ""))
  const byBuf = await runBufCurl(bufCurl, wire)
  expect(JSON.parse(byBuf)).toEqual(JSON.parse(seen ?? ""))
})

test("the copied commands carry every character of the request", async ({ page, wire }) => {
  // Characters that are special in a shell, in printf and in JSON.
  const id = `it's 100% "ü" $HOME \`id\` \\n \\000 !`
  const words = `There is no user with the id ${JSON.stringify(id)}`
  await page.getByRole("link", { name: "Explorer" }).click()
  await page.getByRole("link", { name: /^GetUser/ }).click()
  await page.getByLabel(/^id /).fill(id)
  await page.getByRole("button", { name: "Call", exact: true }).click()
  await expect(page.getByRole("alert")).toContainText("NOT_FOUND")
  await page.getByRole("button", { name: "Show calls" }).click()
  await table(page)
    .getByRole("button", { name: /GetUser/ })
    .click()
  const { curl, bufCurl } = await copiedCommands(page)
  const trailer =
    grpcWebFrames(await runCurl(curl))
      .at(-1)
      ?.content.toString() ?? ""
  expect(trailer).toMatch(/^grpc-status: ?5\r$/m)
  expect(decodeURIComponent(/^grpc-message: ?(.*)\r$/m.exec(trailer)?.[1] ?? "")).toContain(words)
  // buf ends with the code of the failure, and says on stderr what it was.
  const failure = await runBufCurl(bufCurl, wire).catch((error: { stderr: string }) => error.stderr)
  expect(JSON.parse(failure)).toMatchObject({ code: "not_found", message: expect.stringContaining(words) })
})

test("the page of calls lists a hundred calls, draws them in charts, and can be filtered", async ({ page }) => {
  await page.getByRole("link", { name: "Calls" }).click()
  await page.getByRole("button", { name: "Send 100 calls" }).click()
  await expect(page.getByRole("button", { name: "Send 100 calls" })).toBeVisible({ timeout: 20_000 })
  // All calls are shown: the hundred, those of the users page, and the end of its stream.
  expect(await table(page).getByRole("row").filter({ hasText: "ListUsers" }).count()).toBeGreaterThanOrEqual(101)
  await expect(page.getByText(/1\d\d in two minutes/)).toBeVisible()
  await expect(page.getByText(/p50 [\d.]+ m?s, p95 [\d.]+ m?s/)).toBeVisible()
  await page.getByRole("searchbox", { name: "Filter calls" }).fill("watch")
  await expect(table(page).getByRole("row").filter({ hasText: "ListUsers" })).toHaveCount(0)
  await expect(table(page).getByRole("row").filter({ hasText: "CANCELLED" })).not.toHaveCount(0)
  await page.getByRole("searchbox", { name: "Filter calls" }).fill("nothing is called so")
  await expect(page.getByText("No call to show")).toBeVisible()
  await expectAccessible(page)
})

test("a failed call keeps its status, its reason and its message", async ({ page }) => {
  await page.getByRole("button", { name: "New user" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Create user" }).click()
  await expect(page.getByRole("dialog").getByLabel("Email")).toHaveAttribute("aria-invalid", "true")
  await page.keyboard.press("Escape")
  await page.getByRole("button", { name: "Show calls" }).click()
  await page.getByRole("radio", { name: "Failed" }).click()
  const failed = table(page).getByRole("row").filter({ hasText: "CreateUser" })
  await expect(failed).toContainText("INVALID_ARGUMENT")
  await failed.getByRole("button").click()
  await expect(page.getByRole("alert")).toContainText("That was not accepted")
  await expectAccessible(page)
})
