import { once } from "node:events"
import { createServer, type Socket } from "node:net"

/**
 * Answers the suite through relay.mjs: each connection to this socket is one process that the suite has started. Says on stdout
 * when it can be reached, and resolves when stdin has ended, which it does when the process that started this one is gone.
 */
export async function serveSuite(path: string, serve: (socket: Socket) => Promise<void>): Promise<void> {
  // A client's last answers come after the end of the requests.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {})
    serve(socket).then(
      () => socket.end(),
      (cause: unknown) => {
        console.error(cause)
        socket.destroy()
      },
    )
  })
  server.listen(path)
  await once(server, "listening")
  console.log("ready")
  await once(process.stdin.resume(), "end")
  server.close()
}
