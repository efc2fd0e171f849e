import { expect, it, onTestFinished } from "vitest"

import { createDataDir, startTestServer } from "../server/start-test-server.ts"
import { createOwnServerDemo } from "./own-server-demo.ts"

const ports = { console: 0, bridge: 0, backend: 0, admin: 0 }

async function startBefore(upstream: string) {
  const dataDir = await createDataDir()
  const demo = createOwnServerDemo({ host: "127.0.0.1", ports, upstream, dataDir }, upstream, () => {})
  onTestFinished(() => demo.stop())
  return { demo, urls: await demo.start() }
}

it("puts bridge and console before a server of the user's own, without the demo's server and its lab", async () => {
  const { server } = await startTestServer()
  const { urls } = await startBefore(server.address)
  expect(urls.backend).toBe(server.address)

  const page = await fetch(urls.console, { headers: { accept: "text/html" } })
  expect(await page.text()).toContain(`<meta name="upstream" content="${server.address}">`)
  const lab = await fetch(`${urls.console}/lab`)
  expect(lab.headers.get("content-type")).not.toContain("json")

  const reply = await fetch(`${urls.bridge}/api.v1.UserService/ListUsers`, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+proto", origin: urls.console },
    body: new Uint8Array(5),
  })
  expect(reply.headers.get("access-control-allow-origin")).toBe(urls.console)
  expect(await reply.text()).toMatch(/grpc-status: ?0/)
})

it("says what is wrong with the server's address", async () => {
  await expect(startBefore("127.0.0.1:50051")).rejects.toThrow("did you mean http://127.0.0.1:50051")
})
