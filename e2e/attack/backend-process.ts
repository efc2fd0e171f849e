import { join } from "node:path"
import type { SceneOptions } from "./attack.ts"
import type { Message } from "./channel.ts"
import { startHelper } from "./helper-process.ts"
import type { HelperProcess } from "./helper-process.ts"

interface Counted extends Message {
  readonly bytesSent: number
  readonly sessions: number
}

/** The backend's process. It can be killed and started again on the same port. */
export class BackendProcess {
  /** Wall-clock times at which the process was killed. */
  readonly kills: number[] = []
  readonly #options: SceneOptions
  #process: HelperProcess

  private constructor(options: SceneOptions, process: HelperProcess) {
    this.#options = options
    this.#process = process
  }

  static async start(options: SceneOptions): Promise<BackendProcess> {
    return new BackendProcess(options, await startOn(0, options))
  }

  get pid(): number {
    return this.#process.pid
  }

  get port(): number {
    return Number(this.#process.ready["port"])
  }

  /** Returns the bytes that the backend wrote to its sockets and the number of connections that it accepted. */
  counted(): Promise<Counted> {
    return this.#process.channel.ask<Counted>({ kind: "count" }, "counted")
  }

  async restart(): Promise<void> {
    const { port } = this
    this.kills.push(Date.now())
    await this.#process.kill()
    this.#process = await startOn(port, this.#options)
  }

  kill(): Promise<void> {
    return this.#process.kill()
  }
}

function startOn(
  port: number,
  { backend = "well-behaved", backendStreams = 1_000 }: SceneOptions,
): Promise<HelperProcess> {
  return startHelper(join(import.meta.dirname, "backend.ts"), [String(port), backend, String(backendStreams)])
}
