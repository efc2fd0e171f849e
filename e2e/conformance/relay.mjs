// The command that the suite starts: `node relay.mjs <client or bridge> <socket>`. It is a pipe to the process behind the
// socket, which runs already: the suite gives a server ten seconds to start and a client twenty, which neither a bridge nor a
// browser needs, but a busy machine may. Plain JavaScript, so that nothing has to be stripped or loaded.

import { connect } from "node:net"

const [role, path = ""] = process.argv.slice(2)
const socket = connect(path)
let isOver = false
socket.once("error", (error) => console.error(`what is under test is gone: ${error.message}`))
socket.once("end", () => (isOver = true))
socket.once("close", () => process.exit(isOver ? 0 : 1))
socket.pipe(process.stdout)
// A client has had its last request when stdin ends; a bridge has had its only one, and serves until it is told to end.
process.stdin.pipe(socket, { end: role === "client" })
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    isOver = true
    socket.destroy()
  })
}
