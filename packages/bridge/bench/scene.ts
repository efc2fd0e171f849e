import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Child } from "./child.ts"
import { addressOf, startChild } from "./child.ts"
import { cores, pin } from "./cores.ts"
import { largeFleet } from "./large-fleet.ts"
import type { Backend, Front, Subject, SubjectKind } from "./subjects/subject.ts"

/** The backend, and the subjects before it, each in processes of its own. */
export class Scene {
  readonly #backend: Backend
  readonly #child: Child
  readonly #folder: string
  readonly #isPinned: boolean
  readonly #running = new Map<string, Subject>()
  readonly #pids = new Set<number>()
  #started = 0

  constructor(child: Child, folder: string, isPinned: boolean) {
    this.#child = child
    this.#backend = { address: addressOf(child, "backend"), pid: child.pid }
    this.#folder = folder
    this.#isPinned = isPinned
  }

  /** The subject of this kind, which is started if it does not run yet. @throws when it cannot be had */
  async get(kind: SubjectKind, front: Front): Promise<Subject> {
    const key = `${kind.name} ${front}`
    const subject = this.#running.get(key) ?? (await this.startFresh(kind, front))
    this.#running.set(key, subject)
    return subject
  }

  /** Starts another process of this kind, which the caller stops. */
  async startFresh(kind: SubjectKind, front: Front): Promise<Subject> {
    const folder = join(this.#folder, String(this.#started++))
    mkdirSync(folder)
    const subject = await kind.start(this.#backend, folder, front)
    // The backend has the other core, also where it is the subject.
    const own = subject.pids.filter((pid) => pid !== this.#backend.pid)
    const pids = this.#pids
    for (const pid of own) pids.add(pid)
    if (this.#isPinned) for (const pid of own) pin(pid, cores.subject)
    return {
      ...subject,
      async stop() {
        await subject.stop()
        own.forEach((pid) => pids.delete(pid))
      },
    }
  }

  /** Ends what still runs when the bench ends early. */
  kill(): void {
    for (const pid of this.#pids) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {} // it has ended
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((subject) => subject.stop()))
    this.#running.clear()
    await this.#child.stop()
  }
}

/** Starts the backend. `folder` takes the logs of all. */
export async function startScene(folder: string, isPinned: boolean): Promise<Scene> {
  const script = join(import.meta.dirname, "backend.ts")
  return new Scene(await startChild(script, [String(largeFleet.endpoints)], ["backend"]), folder, isPinned)
}
