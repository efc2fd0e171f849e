import { createSecureServer } from "node:http2"
import { createServer as createTcpServer } from "node:net"
import type { AddressInfo, Server } from "node:net"
import { createServer } from "node:tls"
import type { TlsOptions } from "node:tls"
import { describe, expect, it, onTestFinished } from "vitest"
import type { Certificate } from "./support/certificate.ts"
import { selfSigned } from "./support/certificate.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"
import { dataFrame, grpcMessage, headersFrame, resetFrame } from "./support/h2-frames.ts"
import { leaveNothing, replyScene } from "./support/scene.ts"
import type { BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers } from "./support/web-call.ts"

const head = (id: number): Buffer => headersFrame(id, [":status", "200", "content-type", "application/grpc"])

describe("a backend over TLS", () => {
  it.each(carriers)("answers as one in plain text does, also in one record (%s)", async (carrier) => {
    const { bridge, replyWith } = await replyScene({ tls: await selfSigned() })
    replyWith((id) => [
      head(id),
      dataFrame(id, grpcMessage("m")),
      headersFrame(id, ["grpc-status", "0", "x", "1"], true),
    ])
    const answer = await callPage(bridge.address, { carrier })
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(answer.messages.map(String)).toEqual(["m"])
    expect(answer.trailers[0].get("x")).toBe("1")

    replyWith((id) => [
      headersFrame(id, [":status", "200", "content-type", "application/grpc", "grpc-status", "5"], true),
    ])
    expect(await callPage(bridge.address, { carrier })).toMatchObject({ code: 5, trailers: [] })
  })

  it.each([0, 2, 8])(
    "whose trailers and a reset (%i) come in one record has ended with the trailers (C35)",
    async (code) => {
      const { bridge, replyWith } = await replyScene({ tls: await selfSigned() })
      const trailers = (id: number): Buffer => headersFrame(id, ["grpc-status", "5"], true)
      replyWith((id) => [head(id), dataFrame(id, grpcMessage("m")), trailers(id), resetFrame(id, code)])
      const answer = await callPage(bridge.address)
      expect(answer).toMatchObject({ code: 5, isCut: false, reason: null })
      expect(answer.messages).toHaveLength(1)
    },
  )

  it.each([0, 2, 8])(
    "that resets (%i) after a message, in one record with it, never looks like success",
    async (code) => {
      const { bridge, replyWith } = await replyScene({ tls: await selfSigned() })
      replyWith((id) => [head(id), dataFrame(id, grpcMessage("m")), resetFrame(id, code)])
      const answer = await callPage(bridge.address)
      expect(answer).toMatchObject({ isCut: false, reason: "backend-reset" })
    },
  )
})

const hour = 3_600_000

describe("a backend that cannot be trusted is UNAVAILABLE, with the reason, and gets no request (C40)", () => {
  it.each([
    ["is not signed by an authority", {}, {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["has expired", { notAfter: new Date(Date.now() - hour) }, { isTrusted: true }, "CERT_HAS_EXPIRED"],
    ["is not valid yet", { notBefore: new Date(Date.now() + hour) }, { isTrusted: true }, "CERT_NOT_YET_VALID"],
    ["is for another host name", { ip: "10.1.2.3" }, { isTrusted: true }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["did not agree to HTTP/2", {}, { isTrusted: true, server: { ALPNProtocols: [] } }, "ALPN h2"],
    ["did not agree to HTTP/2", {}, { isTrusted: true, server: { ALPNProtocols: ["http/1.1"] } }, "ALPN"],
    ["does not speak TLS 1.2", {}, { isTrusted: true, server: oldTls() }, "ERR_SSL"],
  ])("%s: %j", async (words, certificateOptions, how: { isTrusted?: boolean; server?: TlsOptions }, code) => {
    const certificate = await selfSigned(certificateOptions)
    const received: Buffer[] = []
    const server = createServer({ ALPNProtocols: ["h2"], ...certificate, ...how.server }, (socket) => {
      socket.on("data", (chunk: Buffer) => received.push(chunk)).on("error", () => {})
    })
    server.on("tlsClientError", () => {})
    const answer = await callThrough(`https://127.0.0.1:${await listen(server)}`, how.isTrusted && certificate.cert)
    expect(answer).toMatchObject({ httpStatus: 200, code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain(words)
    expect(decodeURIComponent(answer.message)).toContain(code)
    expect(Buffer.concat(received).toString("latin1")).not.toContain("Method")
  })

  it("speaks plain text where TLS is expected", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n")
      socket.resume()
    })
    const answer = await callThrough(`https://127.0.0.1:${await listen(server)}`)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain("does not speak TLS")
  })

  it("speaks TLS where plain text is expected", async () => {
    const server = createServer({ ...(await selfSigned()), ALPNProtocols: ["h2"] })
    server.on("tlsClientError", () => {})
    const answer = await callThrough(`http://127.0.0.1:${await listen(server)}`)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain("TLS (https://)")
  })
})

describe("a backend that agrees to HTTP/2 over TLS and answers something else", () => {
  it("is UNAVAILABLE, and is not asked whether its port expects TLS", async () => {
    const certificate = await selfSigned()
    const server = createServer({ ALPNProtocols: ["h2"], ...certificate }, (socket) => {
      socket.on("error", () => {}).write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
    })
    const answer = await callThrough(`https://127.0.0.1:${await listen(server)}`, certificate.cert)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toMatch(/its answer is not HTTP\/2; is it a gRPC server\?/)
  })
})

describe("a backend that demands a client certificate", () => {
  it.each([
    ["TLSv1.3", "it demands a client certificate (--upstream-cert and --upstream-key, or tls.cert and tls.key"],
    ["TLSv1.2", "it may demand a client certificate (--upstream-cert, or tls.cert in the configuration file)"],
  ] as const)("and gets none is UNAVAILABLE at once, and says so (%s)", async (maxVersion, words) => {
    const certificate = await selfSigned()
    const url = await mutualTls(certificate, { maxVersion })
    const answer = await callThrough(url, certificate.cert)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain(words)
  })

  it.each(["TLSv1.3", "TLSv1.2"] as const)(
    "and gets another's is UNAVAILABLE, and says so (%s)",
    async (maxVersion) => {
      const certificate = await selfSigned()
      const url = await mutualTls(certificate, { maxVersion })
      const answer = await callThrough(url, certificate.cert, { upstreamCertificate: await selfSigned() })
      expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
      expect(decodeURIComponent(answer.message)).toMatch(/--upstream-cert/)
    },
  )

  it("is called once it gets one", async () => {
    const [certificate, client] = [await selfSigned(), await selfSigned()]
    const names: (string | undefined)[] = []
    const url = await mutualTls(certificate, { ca: [client.cert] }, (name) => names.push(name))
    const bridge = await startBridge({ upstream: url, upstreamCa: certificate.cert, upstreamCertificate: client })
    leaveNothing(bridge)
    await waitFor(() => bridge.cluster.isReachable)
    expect(names).toEqual(["causeway test"])
  })
})

describe("a backend with another server name", () => {
  it("is checked against that name, which the handshake sends too", async () => {
    const certificate = await selfSigned({ dns: "users.internal" })
    const names: (string | false | null)[] = []
    const server = createSecureServer(certificate)
    server.on("sessionError", () => {})
    server.on("secureConnection", (socket) => names.push(socket.servername))
    const upstream = `https://127.0.0.1:${await listen(server)}`
    const bridge = await startBridge({
      upstream,
      upstreamCa: certificate.cert,
      upstreamServerName: "users.internal",
    })
    leaveNothing(bridge)
    await waitFor(() => bridge.cluster.isReachable)
    expect(names).toEqual(["users.internal"])
    const unnamed = await callThrough(upstream, certificate.cert)
    expect(decodeURIComponent(unnamed.message)).toContain(
      "another host name (--upstream-server-name, or tls.server-name in the configuration file)",
    )
  })
})

describe("a backend whose certificate is for another address", () => {
  it("is checked against the configured address, which the handshake does not send: an address is no server name", async () => {
    const certificate = await selfSigned({ ip: "10.9.9.9" })
    const names: (string | false | null)[] = []
    const server = createSecureServer(certificate)
    server.on("sessionError", () => {}).on("tlsClientError", () => {})
    server.on("secureConnection", (socket) => names.push(socket.servername))
    const upstream = `https://127.0.0.1:${await listen(server)}`
    const unnamed = await callThrough(upstream, certificate.cert)
    expect(decodeURIComponent(unnamed.message)).toContain(
      "another host name (--upstream-server-name, or tls.server-name in the configuration file)",
    )
    names.length = 0
    const bridge = await startBridge({ upstream, upstreamCa: certificate.cert, upstreamServerName: "10.9.9.9" })
    leaveNothing(bridge)
    await waitFor(() => bridge.cluster.isReachable)
    expect(names).toEqual([false])
  })
})

/** A backend that requires a known client certificate. `told` gets the certificate's name. */
async function mutualTls(
  certificate: Certificate,
  options: TlsOptions,
  told: (name: string | undefined) => void = () => {},
): Promise<string> {
  const server = createSecureServer({ ca: [certificate.cert], ...certificate, requestCert: true, ...options })
  server.on("sessionError", () => {}).on("tlsClientError", () => {})
  server.on("secureConnection", (socket) => told(socket.getPeerCertificate().subject.CN as string | undefined))
  return `https://127.0.0.1:${await listen(server)}`
}

/** OpenSSL 3 must be configured to allow TLS 1.1. */
function oldTls(): TlsOptions {
  return { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }
}

async function listen(server: Pick<Server, "listen" | "close" | "address">): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function callThrough(
  upstream: string,
  ca?: string | false,
  options: Partial<BridgeOptions> = {},
): Promise<PageAnswer> {
  const bridge = await startBridge({ upstream, connectTimeoutMs: 2_000, ...(ca && { upstreamCa: ca }), ...options })
  leaveNothing(bridge)
  return callPage(bridge.address)
}
