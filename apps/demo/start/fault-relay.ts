import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A line of TCP that can be made to fail. */
export interface FaultRelay {
  readonly port: number
  /** How many connections go through it now. */
  readonly connectionCount: number
  /** Resets every connection on both of its sides, as a crash or a firewall does. */
  reset(): void
  /**
   * Closes the first connection on which this many further bytes have come back from the target: what follows them is lost,
   * on that connection alone.
   */
  cutAfter(byteCount: number): void
  /** Takes back `cutAfter`, if it has not happened yet. */
  disarm(): void
  /** Stops listening and closes what is open. */
  close(): Promise<void>
}

/** Where a relay listens, and where it leads. */
export interface RelayOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** A port of 127.0.0.1; asked for each connection. */
  readonly targetPort: () => number
}

/** A cut that is waiting: what each connection may still give back. */
interface Cut {
  readonly byteCount: number
  readonly given: Map<Socket, number>
}

/** Starts a relay that passes on all bytes as they come, until it is told to fail. */
export async function startRelay({ host, port, targetPort }: RelayOptions): Promise<FaultRelay> {
  const pairs = new Map<Socket, Socket>()
  let cut: Cut | null = null

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: "127.0.0.1", port: targetPort(), allowHalfOpen: true, noDelay: true })
    pairs.set(near, far)
    near.pipe(far)
    far.on("data", (chunk: Buffer) => answer(near, far, chunk)).on("end", () => near.end())
    near.on("drain", () => far.resume())
    // Whatever ends one side ends the other in the same way; an error is always followed by a close.
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

  /** How much of a chunk may pass before the cut; null: all, there is none yet. */
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
