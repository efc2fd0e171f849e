import { connect as connectTcp, isIP } from "node:net"
import type { NetConnectOpts, Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import { checkCertificate } from "./check-certificate.ts"
import type { UpstreamTarget } from "./target.ts"

/** TCP keepalive on idle connections: finds a connection that a firewall has dropped before a call needs it. */
const idleProbeMs = 30_000

/**
 * Time for one address of a name that has several; the last may take the rest of the connect timeout. Node gives up an attempt
 * when it starts the next (Node 22–26), unlike RFC 8305. So this leaves enough time for a round trip around the world.
 */
const attemptMs = 500

/** Opens a socket to the backend. Over TLS it must agree to HTTP/2. Failures are emitted as the socket's `error`. */
export function dial(target: UpstreamTarget): Socket {
  const place = placeOf(target)
  const socket = target.isTls ? dialTls(target, place) : connectTcp(place)
  return socket.setNoDelay(true).setKeepAlive(true, idleProbeMs)
}

function placeOf({ host, port, path }: UpstreamTarget): NetConnectOpts {
  if (path !== null) return { path }
  return { host, port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: attemptMs }
}

function dialTls({ configuredHost, tls }: UpstreamTarget, place: NetConnectOpts): Socket {
  const name = tls.serverName ?? configuredHost
  const accepted = tls.subjectAltNames.length > 0 ? tls.subjectAltNames : [name]
  const socket = connectTls({
    ...place,
    ALPNProtocols: ["h2"],
    minVersion: `TLSv${tls.minVersion}`,
    // An address is no name to ask for (RFC 6066 §3), but certificates are issued for addresses too.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkCertificate(accepted, certificate),
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

/** `address:port` of the other end, or `unix:/path`. Null: the socket has been closed already. */
export function addressOf({ name, path }: UpstreamTarget, socket: Socket): string | null {
  const { remoteAddress, remotePort, remoteFamily } = socket
  if (path !== null) return name
  if (remoteAddress === undefined) return null
  return remoteFamily === "IPv6" ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}
