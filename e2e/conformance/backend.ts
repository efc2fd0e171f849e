import { create } from "@bufbuild/protobuf"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { HTTPVersion, Protocol } from "./gen/connectrpc/conformance/v1/config_pb.ts"
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts"
import { encodeSizeDelimited, firstSizeDelimited } from "./size-delimited.ts"

/** One of the suite's own servers, as the gRPC backend of a bridge. */
export interface Backend {
  /** `http://host:port`: HTTP/2 with prior knowledge. */
  readonly address: string
  /** Rejects when the server ends before `close`. */
  readonly failed: Promise<never>
  /** Ends the server at once. */
  close(): Promise<void>
}

/** Starts `grpcserver` or `referenceserver`, which are given by path; it accepts messages of this size at most. */
export async function startBackend(binary: string, messageReceiveLimit: number): Promise<Backend> {
  // Starts on the given port; 0 picks a free port, which is also the default of these programs.
  const child = spawn(binary, ["-port", "0"], { stdio: ["pipe", "pipe", "inherit"] })
  const ended = once(child, "exit")
  let isClosing = false
  const failed = ended.then(([code, signal]) => {
    if (isClosing) return new Promise<never>(() => {})
    throw new Error(`${binary} ended by itself: ${String(code ?? signal)}`)
  })
  const request = create(ServerCompatRequestSchema, {
    protocol: Protocol.GRPC,
    httpVersion: HTTPVersion.HTTP_VERSION_2,
    messageReceiveLimit,
  })
  child.stdin.end(encodeSizeDelimited(ServerCompatRequestSchema, request))
  const { host, port } = await Promise.race([firstSizeDelimited(ServerCompatResponseSchema, child.stdout), failed])
  return {
    address: `http://${host}:${port}`,
    failed,
    async close() {
      isClosing = true
      // Uses SIGKILL: after SIGTERM the reference server would wait for connections that the bridge has already closed.
      child.kill("SIGKILL")
      await ended
    },
  }
}
