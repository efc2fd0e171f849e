import * as grpc from "@grpc/grpc-js"
import { describe, expect, it, onTestFinished } from "vitest"
import type { BackendHandler } from "./support/grpc-backend.ts"
import type { GrpcScene } from "./support/scene.ts"
import { grpcScene } from "./support/scene.ts"
import { valuesOf } from "./support/raw-http1.ts"
import { waitFor } from "./support/wait-for.ts"

const asIs = (bytes: Buffer): Buffer => bytes
const path = "/test.Service/Method"

/** grpc-js as the client: an independent implementation of native gRPC over h2c. */
async function scene(handler: BackendHandler): Promise<GrpcScene & { client: grpc.Client }> {
  const parts = await grpcScene(handler)
  const client = new grpc.Client(new URL(parts.bridge.address).host, grpc.credentials.createInsecure())
  onTestFinished(() => client.close())
  return { ...parts, client }
}

describe("native gRPC over h2c", () => {
  it("passes through with its metadata and trailers, duplicates too", async () => {
    const { backend, client } = await scene(async (call) => {
      const [message] = await call.all()
      call.head(["x-head", "h"])
      call.message(message)
      call.end(0, "", ["x-t", "1", "x-t", "2", "x-t-bin", "AP8"])
    })
    const metadata = new grpc.Metadata()
    metadata.add("x-a", "1")
    metadata.add("x-a", "2")
    metadata.add("x-b-bin", Buffer.of(0, 255))
    const call = client.makeUnaryRequest(path, asIs, asIs, Buffer.from("hi"), metadata, () => {})
    const head = new Promise<grpc.Metadata>((resolve) => call.once("metadata", resolve))
    const status = await new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve))
    expect(status.code).toBe(0)
    expect((await head).get("x-head")).toEqual(["h"])
    expect(status.metadata.get("x-t")).toEqual(["1, 2"])
    expect(status.metadata.get("x-t-bin")).toEqual([Buffer.of(0, 255)])
    expect(valuesOf(backend.calls[0].fields, "x-a").join(", ")).toBe("1, 2")
    expect(backend.calls[0].field("x-b-bin")).toBe("AP8=")
    expect(backend.calls[0].field("te")).toBe("trailers")
  })

  it("has the right status for each way to fail, Trailers-Only or after messages", async () => {
    let withMessage = false
    const { client } = await scene((call) => {
      if (!withMessage) call.statusOnly(5, "no%20such", ["x-why", "gone"])
      else {
        call.message("m")
        call.end(9, "late", ["x-why", "state"])
      }
    })
    const fail = (): Promise<grpc.ServiceError> =>
      new Promise((resolve) => {
        client.makeUnaryRequest(path, asIs, asIs, Buffer.from("hi"), (error) => resolve(error as grpc.ServiceError))
      })
    const first = await fail()
    expect(first).toMatchObject({ code: 5, details: "no such" })
    expect(first.metadata.get("x-why")).toEqual(["gone"])
    expect(Object.keys(first.metadata.getMap()).toSorted()).toEqual(["content-type", "x-why"])
    withMessage = true
    expect(await fail()).toMatchObject({ code: 9, details: "late" })
  })

  it("is full duplex: each answer comes before the next question (bidi)", async () => {
    const { client } = await scene(async (call) => {
      for await (const message of call.messages) call.message(`echo ${Buffer.from(message).toString()}`)
      call.end()
    })
    const call = client.makeBidiStreamRequest(path, asIs, asIs)
    const said: string[] = []
    call.on("data", (bytes: Buffer) => said.push(String(bytes)))
    for (let i = 0; i < 50; i++) {
      call.write(Buffer.from(`${i}`))
      await waitFor(() => said.length === i + 1)
    }
    call.end()
    const status = await new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve))
    expect(status.code).toBe(0)
    expect(said).toEqual(Array.from({ length: 50 }, (_, i) => `echo ${i}`))
  })

  it("passes on a backend's end before the client's, whose further messages are dropped", async () => {
    const { client } = await scene((call) => {
      call.message("enough")
      call.end(8, "no more")
    })
    const call = client.makeBidiStreamRequest(path, asIs, asIs)
    call.on("data", () => {}).on("error", () => {})
    const status = new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve))
    call.write(Buffer.from("1"))
    expect(await status).toMatchObject({ code: 8, details: "no more" })
  })

  it("cancels the backend when the client cancels, and enforces its deadline", async () => {
    const { backend, client } = await scene((call) => void call.message("first"))
    const call = client.makeServerStreamRequest(path, asIs, asIs, Buffer.from("hi"))
    call.on("error", () => {})
    await new Promise((resolve) => call.once("data", resolve))
    call.cancel()
    expect(await backend.calls[0].closed).toBe(8)

    const late = client.makeServerStreamRequest(path, asIs, asIs, Buffer.from("hi"), { deadline: Date.now() + 200 })
    late.on("data", () => {}).on("error", () => {})
    expect(await new Promise<grpc.StatusObject>((resolve) => late.once("status", resolve))).toMatchObject({ code: 4 })
    expect(await backend.calls[1].closed).toBe(8)
  })

  it("passes compressed messages unchanged", async () => {
    const { backend, client } = await scene(async (call) => {
      await call.all()
      call.head(["grpc-encoding", "identity"])
      call.message("plain")
      call.end()
    })
    const options = { "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip }
    const gzip = new grpc.Client(
      client.getChannel().getTarget().replace(/^dns:/, ""),
      grpc.credentials.createInsecure(),
      options,
    )
    onTestFinished(() => gzip.close())
    const reply = await new Promise<Buffer | undefined>((resolve, reject) => {
      gzip.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(5_000, "z"), (error, value) =>
        error === null ? resolve(value) : reject(error),
      )
    })
    expect(String(reply)).toBe("plain")
    expect(backend.calls[0].field("grpc-encoding")).toBe("gzip")
    expect(backend.calls[0].field("grpc-accept-encoding")).toContain("gzip")
  })
})
