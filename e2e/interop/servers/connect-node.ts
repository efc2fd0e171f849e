import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import type { EchoStatus } from "@causeway/proto/grpc/testing/messages_pb"
import { TestService } from "@causeway/proto/grpc/testing/test_pb"
import { ConnectError, encodeBinaryHeader } from "@connectrpc/connect"
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import { CallLog } from "../backend/call-log.ts"
import type { RunningServer } from "./other-server.ts"

/** connect's server with the TestService of backend/test-service.ts. It speaks gRPC-Web without a proxy. */
export async function startConnectNode(): Promise<RunningServer> {
  const log = new CallLog()
  const routes = connectNodeAdapter({ routes: (router) => router.service(TestService, testService(log)) })
  const server = createServer(routes)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    backend: { received: (tag) => log.find(tag) },
    async close() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function testService(log: CallLog): Partial<ServiceImpl<typeof TestService>> {
  return {
    emptyCall: () => ({}),
    async unaryCall({ responseStatus, responseSize }, context) {
      note(context, log)
      if (behaviour(context) === "silent") await gone(context)
      echoMetadata(context)
      failIfAsked(responseStatus, context)
      return { payload: { body: new Uint8Array(responseSize) } }
    },
    async *streamingOutputCall({ responseParameters, responseStatus }, context) {
      note(context, log)
      echoMetadata(context)
      for (const { size } of responseParameters) yield { payload: { body: new Uint8Array(size) } }
      failIfAsked(responseStatus, context)
      if (behaviour(context) === "hold") await gone(context)
    },
  }
}

function note({ requestHeader, signal, timeoutMs }: HandlerContext, log: CallLog): void {
  log.note({
    values: (name) => requestHeader.get(name)?.split(", ") ?? [],
    timeoutMs: timeoutMs() ?? Infinity,
    cancelled: once(signal, "abort").then(() => {}),
  })
}

function behaviour({ requestHeader }: HandlerContext): string | null {
  return requestHeader.get("x-behaviour")
}

/** Rejects when the caller has cancelled or its deadline has passed. */
function gone({ signal }: HandlerContext): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
}

function echoMetadata({ requestHeader, responseHeader, responseTrailer }: HandlerContext): void {
  const [initial, trailing] = ["x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"].map((name) =>
    requestHeader.get(name),
  )
  if (initial !== null) responseHeader.set("x-grpc-test-echo-initial", initial)
  if (trailing !== null) responseTrailer.set("x-grpc-test-echo-trailing-bin", trailing)
  if (requestHeader.get("x-behaviour") !== "twice") return
  for (const fields of [responseHeader, responseTrailer]) {
    for (const value of ["one", "two"]) fields.append("x-twice", value)
    for (const byte of [1, 254]) fields.append("x-twice-bin", encodeBinaryHeader(Uint8Array.of(0, byte, 255)))
  }
}

function failIfAsked(status: EchoStatus | undefined, context: HandlerContext): void {
  if (status === undefined || status.code === 0) return
  const value = { fieldViolations: [{ field: "id", description: "is “naïve”, 你好" }] }
  const hasDetails = behaviour(context) === "details"
  const metadata: Record<string, string> = hasDetails ? { "x-hint": "try another" } : {}
  const details = hasDetails ? [{ desc: BadRequestSchema, value }] : []
  throw new ConnectError(status.message, status.code, metadata, details)
}
