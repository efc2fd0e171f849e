import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

import type { DescService } from "@bufbuild/protobuf"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { type Client, ConnectError, createClient } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { onTestFinished } from "vitest"

import { type DemoServer, type DemoServerOptions, startDemoServer } from "./demo-server.ts"

/** A demo server with its own data and no background events, and clients of it over a real socket. */
export interface TestServer {
  readonly server: DemoServer
  readonly dataDir: string
  readonly client: <S extends DescService>(service: S) => Client<S>
}

/** Starts a server for one test, which stops it and deletes its data at the end. */
export async function startTestServer(options: DemoServerOptions = {}): Promise<TestServer> {
  const dataDir = await createDataDir()
  const server = await startDemoServer({ port: 0, dataDir, backgroundEvents: false, ...options })
  onTestFinished(() => server.close(0))
  const sessionManager = new Http2SessionManager(server.address)
  onTestFinished(() => sessionManager.abort())
  const transport = createGrpcTransport({ baseUrl: server.address, sessionManager })
  return { server, dataDir, client: (service) => createClient(service, transport) }
}

/** A new directory that is deleted when the test ends. */
export async function createDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "demo-server-"))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

/** The error that the promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  try {
    await promise
  } catch (error) {
    return ConnectError.from(error)
  }
  throw new Error("the call succeeded")
}

/** The fields that the error's BadRequest detail complains of, each with its reason. */
export function violationsOf(error: ConnectError): string[] {
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  return violations.map(({ field, reason }) => `${field} ${reason}`)
}

/** The next message of a stream. */
export async function next<T>(stream: AsyncIterator<T>): Promise<T> {
  const result = await stream.next()
  if (result.done === true) throw new Error("the stream has ended")
  return result.value
}
