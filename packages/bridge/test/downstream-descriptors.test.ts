import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import type { Socket } from "node:net"
import { connect } from "node:net"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { waitFor } from "./support/wait-for.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

interface Run {
  readonly child: ChildProcess
  stdout: string
  stderr: string
}

let run: Run
let sockets: Socket[]

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  run.child.kill("SIGKILL")
  if (run.child.exitCode === null && run.child.signalCode === null) await once(run.child, "exit")
})

/** Starts the program with so few descriptors that half of them would not suffice for the process itself. */
async function start(maxFiles: number): Promise<string> {
  sockets = []
  const program = [main, "--upstream", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
  const child = spawn("sh", ["-c", `ulimit -n ${maxFiles}; exec "$0" "$@"`, process.execPath, ...program])
  run = { child, stdout: "", stderr: "" }
  child.stdout.on("data", (chunk: Buffer) => (run.stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (run.stderr += chunk.toString()))
  await waitFor(() => run.stdout.includes("admin"))
  return /http:\/\/127\.0\.0\.1:\d+/.exec(run.stdout)?.[0] ?? ""
}

function open(address: string, number: number): void {
  for (let i = 0; i < number; i++) {
    const socket = connect(Number(new URL(address).port), "127.0.0.1")
    socket.on("error", () => {})
    sockets.push(socket)
  }
}

describe.runIf(process.platform === "linux")("a process with few descriptors", () => {
  it("accepts fewer connections than --max-connections, and logs both numbers", async () => {
    await start(200)
    await waitFor(() => run.stderr.includes("fewer connections are accepted"))
    expect(run.stderr).toContain('"maxConnections":10000,"accepted":104,"maxOpenFiles":200')
  })

  it("logs that none is left, and serves again when there are some", async () => {
    const address = await start(44)
    open(address, 60)
    await waitFor(() => run.stderr.includes("no file descriptor is left"))
    for (const socket of sockets.splice(0)) socket.destroy()
    let status = 0
    void (async () => {
      while (status === 0)
        status = await fetch(address).then(
          (answer) => answer.status,
          () => 0,
        )
    })()
    await waitFor(() => status === 405)
  })
})
