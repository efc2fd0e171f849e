import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"

import { expect, it, onTestFinished } from "vitest"

import { createDataDir } from "../server/start-test-server.ts"
import { createConfigFile } from "./config-file.ts"

/** An admin port that answers requests for a reload with this status and text, and remembers them. */
async function admin(status: number, text: string) {
  const asked: string[] = []
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.writeHead(status).end(text)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

it("writes the file, and waits for the bridge to use it", async () => {
  const path = join(await createDataDir(), "not", "there", "yet", "bridge.yaml")
  const { url, asked } = await admin(200, "{}")
  const file = createConfigFile({ path: () => path, adminUrl: () => url })
  expect(file.text()).toBe("")
  await file.write("routes: []\n")
  expect([await readFile(path, "utf8"), file.text(), asked]).toEqual(["routes: []\n", "routes: []\n", ["POST /reload"]])
})

it("only writes it while there is no bridge", async () => {
  const path = join(await createDataDir(), "bridge.yaml")
  await createConfigFile({ path: () => path, adminUrl: () => null }).write("routes: []\n")
  expect(await readFile(path, "utf8")).toBe("routes: []\n")
})

it("tells what the bridge has against the file", async () => {
  const { url } = await admin(422, '{"kind":"refused"}\n')
  const path = join(await createDataDir(), "bridge.yaml")
  const file = createConfigFile({ path: () => path, adminUrl: () => url })
  await expect(file.write("no routes")).rejects.toThrow('refused its new configuration (HTTP 422): {"kind":"refused"}')
})
