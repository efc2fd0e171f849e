import { connect as connectTcp, isIP } from "node:net"
import type { Socket } from "node:net"
import { checkServerIdentity, connect as connectTls } from "node:tls"
import type { UpstreamTarget } from "./target.ts"

/** TCP keepalive on idle connections: finds a connection that a firewall has dropped before a call needs it. */
const idleProbeMs = 30_000

/** Opens a socket to the backend. Over TLS it must agree to HTTP/2. Failures are emitted as the socket's `error`. */
export function dial(target: UpstreamTarget): Socket {
  const { host, port, isTls } = target
  const socket = isTls ? dialTls(target) : connectTcp({ host, port })
  return socket.setNoDelay(true).setKeepAlive(true, idleProbeMs)
}

function dialTls({ host, port, tls }: UpstreamTarget): Socket {
  const name = tls.serverName ?? host
  const socket = connectTls({
    host,
    port,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    // An address is no name to ask for (RFC 6066 §3), but certificates are issued for addresses too.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...tls.certificate,
  })
  socket.once("secureConnect", () => {
    if (socket.alpnProtocol === "h2") return
    // Not at once: node:http2 sets itself up in the same event, and on a destroyed socket it aborts the process (Node 22–26).
    process.nextTick(() => socket.destroy(new Error("it did not agree to HTTP/2 over TLS (ALPN h2)")))
  })
  return socket
}

/** `address:port` of the other end. */
export function addressOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  return remoteFamily === "IPv6" ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}
