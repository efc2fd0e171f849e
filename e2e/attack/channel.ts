import type { ChildProcess } from "node:child_process"

/** A message between the processes of a run. The kind decides the other fields. */
export interface Message {
  readonly kind: string
}

type Handler = (message: Message) => void

const askTimeoutMs = 30_000

/** Sends messages to another process and receives messages from it, by kind. */
export class Channel {
  readonly #end: ChildProcess | NodeJS.Process
  readonly #handlers = new Map<string, Handler>()

  constructor(end: ChildProcess | NodeJS.Process) {
    this.#end = end
    end.on("message", (message: Message) => this.#handlers.get(message.kind)?.(message))
  }

  send(message: Message & Readonly<Record<string, unknown>>): void {
    if (this.#end.connected === true) this.#end.send?.(message)
  }

  /** Calls the handler for each message of this kind. Replaces an earlier handler. */
  on<T extends Message>(kind: T["kind"], handler: (message: T) => void): void {
    this.#handlers.set(kind, handler as Handler)
  }

  /** Resolves with the next message of this kind. */
  next<T extends Message>(kind: T["kind"]): Promise<T> {
    return new Promise((resolve) => this.on<T>(kind, resolve))
  }

  /**
   * Sends a message and resolves with the next message of the kind `reply`.
   * @throws when no reply arrives within half a minute
   */
  ask<T extends Message>(message: Message & Readonly<Record<string, unknown>>, reply: T["kind"]): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no "${reply}" within ${askTimeoutMs} ms`)), askTimeoutMs)
      this.on<T>(reply, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.send(message)
    })
  }
}
