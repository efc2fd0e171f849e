import { connect } from "node:tls"
import type { TLSSocket } from "node:tls"
import { once } from "node:events"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Certificate } from "./support/certificate.ts"
import { selfSigned } from "./support/certificate.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"

let old: Certificate
let renewed: Certificate
let bridge: Bridge

beforeEach(async () => {
  ;[old, renewed] = await Promise.all([selfSigned(), selfSigned()])
  bridge = await startBridge({ upstream: "http://127.0.0.1:1", startsCluster: false, tls: old })
})
afterEach(() => bridge.close())

/** Opens a connection that trusts only this certificate. */
async function connectTrusting({ cert }: Certificate): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port: bridge.port, ca: cert, ALPNProtocols: ["h2", "http/1.1"] })
  await once(socket, "secureConnect")
  return socket
}

describe("a renewed certificate", () => {
  it("is used for new connections, with the same protocols, while open ones go on", async () => {
    const before = await connectTrusting(old)
    bridge.listener.renewCertificate(renewed)
    const after = await connectTrusting(renewed)
    expect(after.alpnProtocol).toBe("h2")
    await expect(connectTrusting(old)).rejects.toThrow(/self-signed|certificate/)
    expect(before.destroyed).toBe(false)
    for (const socket of [before, after]) socket.destroy()
  })

  it("keeps the minimum version of TLS", async () => {
    bridge.listener.renewCertificate(renewed)
    const socket = connect({
      host: "127.0.0.1",
      port: bridge.port,
      ca: renewed.cert,
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1.1",
    })
    await expect(once(socket, "secureConnect")).rejects.toThrow()
  })

  it("that does not match its key is refused, and the old one stays in use", async () => {
    expect(() => bridge.listener.renewCertificate({ cert: renewed.cert, key: old.key })).toThrow("key values mismatch")
    const socket = await connectTrusting(old)
    socket.destroy()
  })
})
