import type { BackendCall, GrpcBackend } from "./grpc-backend.ts"
import { startGrpcBackend } from "./grpc-backend.ts"
import { waitFor } from "./wait-for.ts"

/** How an endpoint treats its calls. */
export type Mood = "well" | "hangs" | "unavailable" | "slow"

const slowMs = 20

/** An endpoint of a fleet, which can be restarted on its port. */
export class FleetEndpoint {
  mood: Mood = "well"
  /** Calls that came, each attempt counted. */
  received = 0
  /** Calls that were answered with OK. */
  answered = 0
  #backend: GrpcBackend | null = null
  #port = 0
  /** Answers that have begun and not ended. */
  #answering = 0
  #isStopping = false
  #hasLeft = false

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get isRunning(): boolean {
    return this.#backend !== null
  }

  /** Calls that are not over. */
  get openCalls(): number {
    return this.#backend?.openCalls ?? 0
  }

  /** Serves, if it does not do so already. */
  async start(): Promise<void> {
    if (this.#hasLeft) await this.crash()
    if (this.#backend !== null) return
    this.#isStopping = this.#hasLeft = false
    const handlers = { "/test.Service/Method": (call: BackendCall) => this.#answer(call) }
    this.#backend = await startGrpcBackend(handlers, { port: this.#port, keepsCalls: false })
    this.#port = this.#backend.port
  }

  /**
   * Cuts every connection, like a crash: calls that were not answered are lost here. It waits for the ends of the answers that have
   * begun, since a call whose head has come is committed, and is not repeated (gRFC A6).
   */
  async crash(): Promise<void> {
    this.#isStopping = true
    await waitFor(() => this.#answering === 0)
    await this.#backend?.close()
    this.#backend = null
  }

  /** Says GOAWAY, and closes the port. Calls that have come are answered. */
  leave(): void {
    this.#hasLeft = true
    this.#backend?.leave()
  }

  async #answer(call: BackendCall): Promise<void> {
    this.received++
    await call.all()
    if (this.mood === "hangs") return
    if (this.mood === "slow") await new Promise((resolve) => setTimeout(resolve, slowMs))
    if (this.#isStopping) return
    this.#answering++
    void call.closed.then(() => this.#answering--)
    if (this.mood === "unavailable") {
      call.statusOnly(14, "not now")
      return
    }
    this.answered++
    call.message("an answer")
    call.end()
  }
}
