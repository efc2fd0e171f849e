import { execFile } from "node:child_process"
import { once } from "node:events"
import { connect as connectHttp2, constants } from "node:http2"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { buffer } from "node:stream/consumers"
import { promisify } from "node:util"

import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, createClient } from "@connectrpc/connect"
import { createGrpcTransport } from "@connectrpc/connect-node"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"

import { DataInUseError } from "./data-in-use-error.ts"
import { startDemoServer } from "./demo-server.ts"
import { SEED_USER_COUNT } from "./seed.ts"
import { createDataDir, failure, next, startTestServer, violationsOf } from "./start-test-server.ts"

const newcomer = { email: "nia.doe@tidewater.example", displayName: "Nia Doe" }

/** What a client sends who then says no more and does not end the stream before the test ends. */
async function* thenSilence<T>(...messages: T[]): AsyncGenerator<T> {
  yield* messages
  await testEnd.promise
}

let testEnd: PromiseWithResolvers<void>
beforeEach(() => {
  testEnd = Promise.withResolvers()
  return () => testEnd.resolve()
})

describe("starting", () => {
  it("makes a few hundred users the first time, and finds what there is the next", async () => {
    const dataDir = join(await createDataDir(), "not", "there", "yet")
    const options = { port: 0, dataDir, backgroundEvents: false }
    const first = await startDemoServer(options)
    const users = createClient(UserService, createGrpcTransport({ baseUrl: first.address }))
    const { user } = await users.createUser({ user: newcomer })
    await first.close(0)

    const second = await startDemoServer(options)
    onTestFinished(() => second.close(0))
    const again = createClient(UserService, createGrpcTransport({ baseUrl: second.address }))
    expect((await again.getUser({ id: user?.id ?? "" })).user).toEqual(user)
    expect((await again.listUsers({})).totalSize).toBe(BigInt(SEED_USER_COUNT + 1))
  })

  it("fails with EADDRINUSE when the port is taken, and lets go of the data", async () => {
    const dataDir = await createDataDir()
    const holder = createServer().listen(0, "127.0.0.1")
    onTestFinished(() => void holder.close())
    await once(holder, "listening")
    const { port } = holder.address() as AddressInfo
    await expect(startDemoServer({ port, dataDir })).rejects.toMatchObject({ code: "EADDRINUSE" })
    const server = await startDemoServer({ port: 0, dataDir })
    await server.close(0)
  })

  it("refuses data that another server is using, naming the directory", async () => {
    const { dataDir } = await startTestServer()
    const starting = startDemoServer({ port: 0, dataDir })
    await expect(starting).rejects.toBeInstanceOf(DataInUseError)
    await expect(starting).rejects.toThrow(`Another demo server is using ${dataDir}`)
  })

  it("refuses data of another version, and says what to do", async () => {
    const dataDir = await createDataDir()
    const db = new DatabaseSync(join(dataDir, "demo.sqlite"))
    db.exec("PRAGMA user_version = 99")
    db.close()
    await expect(startDemoServer({ port: 0, dataDir })).rejects.toThrow(/version 99.*delete that directory/)
  })
})

describe("serving", () => {
  it("answers UNIMPLEMENTED, naming the path, where no service is", async () => {
    const { server } = await startTestServer()
    const session = connectHttp2(server.address)
    onTestFinished(() => session.destroy())
    const stream = session.request({
      ":method": "POST",
      ":path": "/no.Such/Método",
      "content-type": "application/grpc",
    })
    stream.end()
    const [headers] = await once(stream, "response")
    expect(headers).toMatchObject({ ":status": 200, "grpc-status": "12" })
    expect(headers["grpc-message"]).toContain("/no.Such/M")
  })

  it("speaks no gRPC-Web: that is the bridge's work", async () => {
    const { server } = await startTestServer()
    const session = connectHttp2(server.address)
    onTestFinished(() => session.destroy())
    const path = "/api.v1.UserService/ListUsers"
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc-web" })
    stream.end(Buffer.alloc(5))
    const [headers] = await once(stream, "response")
    expect(headers).toMatchObject({ ":status": 415 })
  })

  it("answers while the caller still sends, and then asks for the end of that", async () => {
    const { server } = await startTestServer()
    const session = connectHttp2(server.address)
    onTestFinished(() => session.destroy())
    const path = "/api.v1.SupportService/Chat"
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" })
    const trailers = once(stream, "trailers")
    const closed = once(stream, "close")
    // One empty message, which the service refuses.
    stream.write(Buffer.alloc(5))
    stream.resume()
    expect((await trailers)[0]).toMatchObject({ "grpc-status": "3" })
    await closed
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
  })

  it("refuses a message of more than 4 MiB", async () => {
    const { client } = await startTestServer()
    const user = { ...newcomer, displayName: "x".repeat(4 * 1024 * 1024) }
    const error = await failure(client(UserService).createUser({ user }))
    expect(error.code).toBe(Code.ResourceExhausted)
    expect(violationsOf(error)).toEqual([])
  })
})

describe("closing", () => {
  it("ends open streams of every kind with UNAVAILABLE, well within the grace time", async () => {
    const { client, server } = await startTestServer()
    const watching = client(AuditService).watch({ backlogSize: -1 })[Symbol.asyncIterator]()
    await next(watching)
    const chatting = client(SupportService).chat(thenSilence())[Symbol.asyncIterator]()
    await next(chatting)
    const importing = failure(client(ImportService).import(thenSilence({ user: newcomer })))
    // The event says that the import has begun.
    await next(watching)

    const closing = server.close(60_000)
    const errors = await Promise.all([failure(watching.next()), failure(chatting.next()), importing])
    expect(errors.map(({ code }) => code)).toEqual([Code.Unavailable, Code.Unavailable, Code.Unavailable])
    expect(errors[0]?.rawMessage).toContain("stopping")
    await closing
    expect(server.watcherCount).toBe(0)
  })

  it("cuts a call that does not end within the grace time", async () => {
    const { server } = await startTestServer()
    const session = connectHttp2(server.address)
    onTestFinished(() => session.destroy())
    const head = { ":method": "POST", ":path": "/api.v1.UserService/ListUsers", "content-type": "application/grpc" }
    const unfinished = session.request(head)
    unfinished.on("error", () => {})
    unfinished.write(Buffer.alloc(3))
    // Once a later call is answered, the server has the unfinished one too.
    await buffer(session.request(head).end(Buffer.alloc(5)))
    const cut = new Promise<void>((resolve) => unfinished.once("close", resolve))
    await server.close(20)
    await expect(cut).resolves.toBeUndefined()
  })

  it("can be asked for twice", async () => {
    const { server } = await startTestServer()
    await expect(Promise.all([server.close(0), server.close(0)])).resolves.toHaveLength(2)
  })

  it("leaves nothing that keeps the process alive", async () => {
    const dataDir = await createDataDir()
    const script = `
      import { startDemoServer } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)}
      const server = await startDemoServer({ port: 0, dataDir: ${JSON.stringify(dataDir)} })
      await server.close()
      console.log("closed")
    `
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script])
    expect(stdout).toBe("closed\n")
  })
})
