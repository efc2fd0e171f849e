import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A TCP relay that can be made to fail. */
export interface FaultRelay {
  readonly port: number
  /** Number of connections that are open through the relay. */
  readonly connectionCount: number
  /** Resets both sides of every connection, as a crash or a firewall does. */
  reset(): void
  /**
   * Arms a cut. From now on the relay counts the bytes that each connection returns from the target. The first
   * connection that exceeds `byteCount` is closed and loses the rest. The other connections go on.
   */
  cutAfter(byteCount: number): void
  /** Cancels a cut that has not happened yet. */
  disarm(): void
  /** Stops listening and closes the open connections. */
  close(): Promise<void>
}

/** Addresses on which a relay listens and to which it connects. */
export interface RelayOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** A port of 127.0.0.1. The relay calls this for each connection. */
  readonly targetPort: () => number
}

/** A cut that has not happened yet. `given` counts the bytes that each connection has returned. */
interface Cut {
  readonly byteCount: number
  readonly given: Map<Socket, number>
}

/** Starts a relay. It passes on all bytes as they arrive, until one of its methods makes it fail. */
export async function startRelay({ host, port, targetPort }: RelayOptions): Promise<FaultRelay> {
  const pairs = new Map<Socket, Socket>()
  let cut: Cut | null = null

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: "127.0.0.1", port: targetPort(), allowHalfOpen: true, noDelay: true })
    pairs.set(near, far)
    near.pipe(far)
    far.on("data", (chunk: Buffer) => answer(near, far, chunk)).on("end", () => near.end())
    near.on("drain", () => far.resume())
    // A close of one side closes the other side, and a reset resets it. Node emits `close` after every `error`.
    near.on("error", () => far.resetAndDestroy()).on("close", () => forget(near, far))
    far.on("error", () => near.resetAndDestroy()).on("close", () => near.destroySoon())
  })

  function answer(near: Socket, far: Socket, chunk: Buffer): void {
    const allowed = allowance(near, chunk.length)
    if (allowed === null) {
      if (!near.write(chunk)) far.pause()
      return
    }
    cut = null
    far.removeAllListeners("data").resume()
    near.end(chunk.subarray(0, allowed), () => {
      near.destroy()
      far.resetAndDestroy()
    })
  }

  /** Number of bytes of the chunk that may pass before the cut. Null means the whole chunk, without a cut. */
  function allowance(near: Socket, length: number): number | null {
    if (cut === null) return null
    const given = cut.given.get(near) ?? 0
    if (given + length > cut.byteCount) return cut.byteCount - given
    cut.given.set(near, given + length)
    return null
  }

  function forget(near: Socket, far: Socket): void {
    pairs.delete(near)
    far.destroy()
  }

  server.listen(port, host)
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return pairs.size
    },
    reset() {
      for (const sockets of pairs) for (const socket of sockets) socket.resetAndDestroy()
    },
    cutAfter: (byteCount) => void (cut = { byteCount, given: new Map() }),
    disarm: () => void (cut = null),
    async close() {
      const closed = once(server, "close")
      server.close()
      for (const [near] of pairs) near.destroySoon()
      await closed
    },
  }
}
