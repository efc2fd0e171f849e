import type { StreamRequester } from "../core/upstream.ts"
import type { Client } from "./clients.ts"
import type { Link } from "./linked-list.ts"
import { LinkedList } from "./linked-list.ts"

interface Place {
  readonly client: Client
  readonly link: Link<StreamRequester>
}

/**
 * The calls that wait for a stream. Clients are served by turns, the calls of one client in the order in which they came: a
 * client with a thousand waiting calls delays a neighbour by one. Each operation takes the same time, however many wait.
 */
export class WaitingCalls {
  readonly #places = new Map<StreamRequester, Place>()
  readonly #turns = new LinkedList<Client>()
  /** Clients with waiting calls that hold all the streams that one client may hold. */
  readonly #sated = new Set<Client>()

  get size(): number {
    return this.#places.size
  }

  /** A call waits whose client may have a further stream. */
  get isHungry(): boolean {
    return this.#turns.size > 0
  }

  /** `maxStreams`: what one client may hold. */
  add(requester: StreamRequester, client: Client, maxStreams: number): void {
    this.#places.set(requester, { client, link: client.waiting.push(requester) })
    if (client.streams >= maxStreams) this.#sated.add(client)
    else client.turn ??= this.#turns.push(client)
  }

  /** Takes the call out, if it waits, and gives back its client. */
  remove(requester: StreamRequester): Client | null {
    const place = this.#places.get(requester)
    if (place === undefined) return null
    const { client, link } = place
    this.#places.delete(requester)
    client.waiting.remove(link)
    if (client.waiting.size === 0) this.#leave(client)
    return client
  }

  /** The client whose turn it is; clients that hold their share already are left out until `mayServe`. */
  nextClient(maxStreams: number): Client | null {
    for (let client = this.#turns.first; client !== null; client = this.#turns.first) {
      if (client.streams < maxStreams) return client
      this.#leave(client)
      this.#sated.add(client)
    }
    return null
  }

  /** Takes out the first call of the client that `nextClient` gave; its next turn comes after all others'. */
  take(client: Client): StreamRequester {
    const requester = client.waiting.first
    if (requester === null) throw new Error("a client without a waiting call has a turn")
    this.#leaveTurn(client)
    this.remove(requester)
    if (client.waiting.size > 0) client.turn = this.#turns.push(client)
    return requester
  }

  /** The client holds a stream less than before. */
  mayServe(client: Client): void {
    if (this.#sated.delete(client)) client.turn ??= this.#turns.push(client)
  }

  /** One client may hold more than before. */
  mayServeAll(): void {
    for (const client of this.#sated) this.mayServe(client)
  }

  /** Takes out every call; gives them back with their clients. */
  clear(): [StreamRequester, Client][] {
    const all = [...this.#places].map(([requester, { client }]): [StreamRequester, Client] => [requester, client])
    for (const [requester] of all) this.remove(requester)
    return all
  }

  #leave(client: Client): void {
    this.#sated.delete(client)
    this.#leaveTurn(client)
  }

  #leaveTurn(client: Client): void {
    if (client.turn === null) return
    this.#turns.remove(client.turn)
    client.turn = null
  }
}
