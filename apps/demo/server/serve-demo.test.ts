import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, createClient } from "@connectrpc/connect"
import { createGrpcTransport } from "@connectrpc/connect-node"
import { expect, it, onTestFinished } from "vitest"

import { type DemoData, openDemoData } from "./demo-data.ts"
import { serveDemo } from "./serve-demo.ts"
import { createDataDir, failure } from "./start-test-server.ts"

async function serve(data: DemoData, version: string) {
  const server = await serveDemo(data, { port: 0, version })
  onTestFinished(() => server.close(0))
  return { server, users: createClient(UserService, createGrpcTransport({ baseUrl: server.address })) }
}

it("serves the same data by two versions, each of which names itself, and one goes on without the other", async () => {
  const data = openDemoData({ dataDir: await createDataDir(), backgroundEvents: false })
  onTestFinished(() => data.close())
  const v1 = await serve(data, "v1")
  const v2 = await serve(data, "v2")

  const { user } = await v1.users.createUser({ user: { email: "nia.doe@tidewater.example", displayName: "Nia Doe" } })
  const answers: (string | null)[] = []
  const onHeader = (header: Headers) => void answers.push(header.get("x-served-by"))
  for (const { users } of [v1, v2]) {
    expect((await users.getUser({ id: user?.id ?? "" }, { onHeader })).user).toEqual(user)
  }
  expect(answers).toEqual(["v1", "v2"])

  await v2.server.close(0)
  expect((await failure(v2.users.listUsers({}))).code).toBe(Code.Unavailable)
  expect((await v1.users.getUser({ id: user?.id ?? "" })).user).toEqual(user)
})
