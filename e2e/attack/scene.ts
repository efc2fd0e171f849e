import { join } from "node:path"
import type { Attack } from "./attack.ts"
import { BackendProcess } from "./backend-process.ts"
import type { Message } from "./channel.ts"
import { startHelper } from "./helper-process.ts"
import type { HelperProcess } from "./helper-process.ts"
import type { PhaseReport } from "./neighbour-report.ts"
import { countConnectionsTo, countDescriptors } from "./proc.ts"
import type { RunningTarget, TargetKind } from "./targets/target.ts"

const here = import.meta.dirname

/** The processes of one attack: backend, target, healthy neighbour and attacker. */
export class Scene {
  readonly backend: BackendProcess
  readonly target: RunningTarget
  readonly neighbour: HelperProcess | null
  readonly attacker: HelperProcess
  readonly #idleDescriptors: number
  /** "ending": the target has received SIGTERM. "ended": the target has ended after it. */
  targetState: "running" | "ending" | "ended" = "running"
  #phases: readonly PhaseReport[] | null = null

  private constructor(
    backend: BackendProcess,
    target: RunningTarget,
    neighbour: HelperProcess | null,
    attacker: HelperProcess,
  ) {
    this.backend = backend
    this.target = target
    this.neighbour = neighbour
    this.attacker = attacker
    this.#idleDescriptors = this.#descriptors()
    this.neighbour?.channel.send({ kind: "start", address: target.address })
    const { channel } = attacker
    channel.on("restart-backend", () => {
      void this.backend.restart().then(() => channel.send({ kind: "backend-restarted" }))
    })
    channel.on("count-backend", () => {
      void this.backend.counted().then(({ sessions }) => channel.send({ kind: "backend-counted", sessions }))
    })
    channel.on("stop-target", () => {
      void this.#stopTarget().then((ms) => channel.send({ kind: "target-stopped", ms }))
    })
  }

  static async open(kind: TargetKind, attack: Attack): Promise<Scene> {
    const options = attack.scene ?? {}
    const attacker = startHelper(join(here, "attacker/main.ts"), [attack.id])
    const neighbour = attack.neighbour === "none" ? null : startHelper(join(here, "neighbour.ts"))
    const backend = await BackendProcess.start(options)
    try {
      const target = await kind.start(`http://127.0.0.1:${backend.port}`, options)
      return new Scene(backend, target, await neighbour, await attacker)
    } catch (error) {
      await backend.kill()
      throw error
    }
  }

  /** Counts the target's descriptors that were opened since before the first client, without connections to the backend. */
  descriptorsOfClients(): number {
    return Math.max(0, this.#descriptors() - this.#idleDescriptors)
  }

  /** Ends the neighbour's calls and returns their results. */
  async phases(): Promise<readonly PhaseReport[]> {
    if (this.neighbour === null) return []
    if (this.#phases === null) {
      const { channel } = this.neighbour
      const told = await channel.ask<Message & { phases: readonly PhaseReport[] }>({ kind: "finish" }, "phases")
      this.#phases = told.phases
      await this.neighbour.kill()
    }
    return this.#phases
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.attacker.kill(), this.neighbour?.kill(), this.target.close(), this.backend.kill()])
  }

  #descriptors(): number {
    return countDescriptors(this.target.pid) - countConnectionsTo(this.backend.port)
  }

  /** Stops the neighbour before the target, because the neighbour would lose every call that it starts after the target's end. */
  async #stopTarget(): Promise<number> {
    await this.phases()
    this.targetState = "ending"
    const ms = await this.target.terminate()
    this.targetState = "ended"
    return ms
  }
}
