import { once } from "node:events"
import { createServer, type Socket } from "node:net"

/**
 * Answers the suite through relay.mjs: each connection to this socket is one process that the suite has started. Prints
 * a line to stdout when the socket is ready. Resolves when stdin ends, because the parent process is then gone.
 */
export async function serveSuite(path: string, serve: (socket: Socket) => Promise<void>): Promise<void> {
  // The last answers of a client follow the end of the requests.
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
