// The bridge as the suite's server under test: `node bridge-under-test.ts <socket> <path of grpcserver or
// referenceserver>`. Each connection to the socket carries one request. A backend and a bridge in front of it then run
// until the connection closes.

import { create } from "@bufbuild/protobuf"
import { createBridge } from "@causeway/bridge"
import type { Bridge } from "@causeway/bridge"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import type { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startBackend } from "./backend.ts"
import type { TLSCreds } from "./gen/connectrpc/conformance/v1/config_pb.ts"
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts"
import { serveSuite } from "./serve-suite.ts"
import { encodeSizeDelimited, firstSizeDelimited } from "./size-delimited.ts"
import { chosenCodec } from "../chosen-codec.ts"

const [path, binary] = process.argv.slice(2)
if (path === undefined || binary === undefined)
  throw new Error("Usage: node bridge-under-test.ts <socket> <path of grpcserver or referenceserver>")

await serveSuite(path, (socket) => serveUntilClosed(socket, binary))

async function serveUntilClosed(socket: Socket, binary: string): Promise<void> {
  const stopped = once(socket, "end")
  const requests = socket.iterator({ destroyOnReturn: false })
  const { messageReceiveLimit, serverCreds } = await firstSizeDelimited(ServerCompatRequestSchema, requests)
  const backend = await startBackend(binary, messageReceiveLimit)
  try {
    const bridge = await startBridge(backend.address, messageReceiveLimit, serverCreds)
    const response = create(ServerCompatResponseSchema, {
      host: "127.0.0.1",
      port: Number(new URL(bridge.address).port),
      ...(serverCreds === undefined ? {} : { pemCert: serverCreds.cert }),
    })
    socket.write(encodeSizeDelimited(ServerCompatResponseSchema, response))
    try {
      await Promise.race([stopped, backend.failed])
    } finally {
      await bridge.close(0)
    }
  } finally {
    await backend.close()
  }
}

/** A bridge on a free port, which speaks TLS when the suite gives it a certificate. */
async function startBridge(upstream: string, limitBytes: number, creds: TLSCreds | undefined): Promise<Bridge> {
  const config = {
    upstream,
    listen: "127.0.0.1:0",
    maxRequestMessageBytes: limitBytes,
    admin: null,
    accessLog: "off",
    logLevel: "error",
    ...chosenCodec,
  } as const
  if (creds === undefined) return createBridge(config)
  const folder = await mkdtemp(join(tmpdir(), "causeway-conformance-"))
  try {
    const files = { tlsCertFile: join(folder, "cert.pem"), tlsKeyFile: join(folder, "key.pem") }
    await Promise.all([
      writeFile(files.tlsCertFile, creds.cert),
      writeFile(files.tlsKeyFile, creds.key, { mode: 0o600 }),
    ])
    return await createBridge({ ...config, ...files })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
