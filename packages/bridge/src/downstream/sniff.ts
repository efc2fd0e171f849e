import type { Socket } from "node:net"

/** RFC 9113 §3.4: the first bytes of an HTTP/2 client. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1")

/** Callbacks of `sniff`. One of them is called once, unless the client closes first. */
interface SniffListener {
  decided(isHttp2: boolean): void
  /** Nothing was decided in time. The connection is closed. */
  timedOut(): void
}

/**
 * Tells HTTP/2 with prior knowledge from HTTP/1.1 by a connection's first bytes, which may come one at a time, and puts the bytes
 * back. Closes a connection that is undecided after `timeoutMs`, since Node's own timers do not watch it yet.
 */
export function sniff(socket: Socket, timeoutMs: number, to: SniffListener): void {
  let seen: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => {
    to.timedOut()
    socket.destroy()
  }, timeoutMs)
  const stop = (): void => {
    clearTimeout(timer)
    socket.off("data", onData).off("close", stop).off("end", onEnd)
  }
  const onEnd = (): void => {
    stop()
    socket.destroy()
  }
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    const isHttp2 = seen.subarray(0, length).equals(preface.subarray(0, length))
    if (isHttp2 && length < preface.length) return
    stop()
    socket.pause()
    socket.unshift(seen)
    to.decided(isHttp2)
  }
  socket.on("data", onData).on("close", stop).on("end", onEnd)
}
