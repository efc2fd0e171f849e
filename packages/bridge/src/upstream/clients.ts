import { clientKey } from "../core/client-key.ts"
import type { StreamRequester } from "../core/upstream.ts"
import type { Link } from "../core/linked-list.ts"
import { LinkedList } from "../core/linked-list.ts"

/** A client address with calls, and their numbers. */
export interface Client {
  readonly key: string
  /** Streams to the backend that its calls hold. */
  streams: number
  /** Its calls that wait for a stream, in order of arrival. */
  readonly waiting: LinkedList<StreamRequester>
  /** Its calls that wait for one certain endpoint to connect, in order of arrival. */
  readonly held: LinkedList<StreamRequester>
  /** Its place in the rotation of clients. Null: none of its calls may have a stream now. */
  turn: Link<Client> | null
}

/** Number of its waiting calls. */
export function waitingOf({ waiting, held }: Client): number {
  return waiting.size + held.size
}

/**
 * The client addresses with calls. An address without a call has no entry, so the number of calls bounds the number of entries.
 */
export class Clients {
  readonly #byKey = new Map<string, Client>()

  get size(): number {
    return this.#byKey.size
  }

  /** Returns the entry of this address, and creates it if needed. The caller must then count a call, or call `forgetIfIdle`. */
  at(address: string): Client {
    const key = clientKey(address)
    let client = this.#byKey.get(key)
    if (client === undefined) {
      client = { key, streams: 0, waiting: new LinkedList(), held: new LinkedList(), turn: null }
      this.#byKey.set(key, client)
    }
    return client
  }

  forgetIfIdle(client: Client): void {
    if (client.streams === 0 && waitingOf(client) === 0) this.#byKey.delete(client.key)
  }
}
