import { clientKey } from "../core/client-key.ts"
import type { StreamRequester } from "../core/upstream.ts"
import type { Link } from "./linked-list.ts"
import { LinkedList } from "./linked-list.ts"

/** A client address that has calls, and how many. */
export interface Client {
  readonly key: string
  /** Streams to the backend that its calls hold. */
  streams: number
  /** Its calls that wait for a stream, in the order in which they came. */
  readonly waiting: LinkedList<StreamRequester>
  /** Its place among the clients that are served by turns; null: no call of its may have a stream now. */
  turn: Link<Client> | null
}

/** The client addresses that have calls. An address without a call has no entry, so that their number is bounded by the calls'. */
export class Clients {
  readonly #byKey = new Map<string, Client>()

  get size(): number {
    return this.#byKey.size
  }

  /** The entry of this address, new if it has none. Follow it by a call counted, or by `forgetIfIdle`. */
  at(address: string): Client {
    const key = clientKey(address)
    let client = this.#byKey.get(key)
    if (client === undefined) {
      client = { key, streams: 0, waiting: new LinkedList(), turn: null }
      this.#byKey.set(key, client)
    }
    return client
  }

  forgetIfIdle(client: Client): void {
    if (client.streams === 0 && client.waiting.size === 0) this.#byKey.delete(client.key)
  }
}
