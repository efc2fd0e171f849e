import { Code } from "@connectrpc/connect"
import { readMetric } from "./support/bridge.ts"
import { expect, test } from "./support/test.ts"

/** The console errors of browsers about a request that CORS has stopped. */
test.use({ expectedProblems: /CORS|net::ERR_FAILED|Cross-Origin Request Blocked/ })

test("a page of an origin that is not allowed shows which setting allows it", async ({
  page,
  demo,
  bridgeTo,
  openConsole,
}) => {
  const bridge = await bridgeTo(demo, { corsOrigins: ["https://app.example"] })
  const origin = await openConsole(bridge)
  const alert = page.getByRole("alert")
  await expect(alert).toContainText("No answer from the bridge")
  await expect(alert).toContainText(`--cors-origin ${origin}`)
})

test("a call from an origin that is not allowed never reaches the backend", async ({
  page,
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  let callCount = 0
  const users = {
    getUser() {
      callCount++
      return {}
    },
  }
  const bridge = await bridgeTo(await scriptBackend({ users }), { corsOrigins: ["https://app.example"] })
  const calls = await openCalls(bridge)
  const { error } = await calls.getUser("1")
  expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
  const { origin } = new URL(page.url())
  expect(error?.message).toContain(`CORS: the bridge needs --cors-origin ${origin}`)
  expect(await readMetric(bridge, 'causeway_refused_total{reason="origin-refused"}')).toBeGreaterThan(0)
  expect(callCount).toBe(0)
})
