import type { ConnectionProtocol, OwnedConnection } from "./owned-connection.ts"
import { SelfEnding } from "./owned-connection.ts"
import { plainHttpRefusal, refuseRaw } from "./raw-refusal.ts"

/** Callbacks of a handshake. */
interface HandshakeListener {
  /** The first bytes came, and were put back: the TLS server takes the socket. */
  begun(): void
  /** The client speaks HTTP without TLS, or was too slow. The connection is refused or closed. */
  failed(why: string): void
}

/**
 * A connection from accept to the end of its TLS handshake. Looks at the first byte, because a client that speaks HTTP without
 * TLS would otherwise get no answer that it can read.
 */
export class TlsHandshake implements ConnectionProtocol {
  readonly connection: OwnedConnection
  readonly hasCalls = false
  readonly #to: HandshakeListener
  readonly #timer: NodeJS.Timeout

  constructor(connection: OwnedConnection, timeoutMs: number, to: HandshakeListener) {
    this.connection = connection
    this.#to = to
    this.#timer = setTimeout(() => {
      to.failed("The TLS handshake did not end in time (--head-timeout)")
      connection.destroy()
    }, timeoutMs)
    connection.socket.once("data", this.#onData).once("end", this.#onEnd).once("close", this.ended)
  }

  /** The handshake is complete, or the connection is closed. */
  readonly ended = (): void => clearTimeout(this.#timer)

  readonly #onData = (chunk: Buffer): void => {
    const { socket } = this.connection
    socket.off("end", this.#onEnd)
    if (isHttp(chunk[0])) {
      this.#refuse()
      return
    }
    socket.pause()
    socket.unshift(chunk)
    this.#to.begun()
  }

  readonly #onEnd = (): void => this.connection.destroy()

  drain(): void {}

  closeIfIdle(): void {}

  closeDrained(): void {
    this.connection.destroy()
  }

  #refuse(): void {
    const { socket } = this.connection
    this.ended()
    this.#to.failed(plainHttpRefusal.text)
    this.connection.become(new SelfEnding(socket))
    refuseRaw(socket, plainHttpRefusal, false)
  }
}

/** A method begins with a capital letter, and so does the preface of HTTP/2. A TLS record begins with a byte below 32. */
function isHttp(firstByte: number): boolean {
  return firstByte >= 0x41 && firstByte <= 0x5a
}
