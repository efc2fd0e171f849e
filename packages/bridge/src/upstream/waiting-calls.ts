import type { StreamRequester } from "../core/upstream.ts"
import type { Client } from "./clients.ts"
import type { Link } from "../core/linked-list.ts"
import { LinkedList } from "../core/linked-list.ts"

interface Place {
  readonly client: Client
  /** `client.waiting` or `client.held`. */
  readonly list: LinkedList<StreamRequester>
  readonly link: Link<StreamRequester>
}

/**
 * The calls that wait for a stream. Clients are served in turn, and the calls of one client in order of arrival: a client with a
 * thousand waiting calls delays another client by one call. A call that waits for one certain endpoint to connect is held apart, so
 * that it delays no other. Each operation takes constant time, except `retryHeld`, which takes time for each held call.
 */
export class WaitingCalls {
  readonly #places = new Map<StreamRequester, Place>()
  readonly #turns = new LinkedList<Client>()
  /** Clients with waiting calls that already hold as many streams as one client may. */
  readonly #atShare = new Set<Client>()
  /** Clients with held calls. */
  readonly #holding = new Set<Client>()

  get size(): number {
    return this.#places.size
  }

  /** True if a waiting call may have a stream: its client is below its share, and the call is not held. */
  get hasServableCall(): boolean {
    return this.#turns.size > 0
  }

  /** `maxStreams`: limit of streams of one client. */
  add(requester: StreamRequester, client: Client, maxStreams: number): void {
    const list = client.waiting
    this.#places.set(requester, { client, list, link: list.push(requester) })
    if (client.streams >= maxStreams) this.#atShare.add(client)
    else client.turn ??= this.#turns.push(client)
  }

  /** True if a call waits for one certain endpoint. */
  get hasHeldCall(): boolean {
    return this.#holding.size > 0
  }

  /** The call waits for one certain endpoint, and has no turn until `retryHeld`. */
  hold(requester: StreamRequester): void {
    const client = this.remove(requester)
    if (client === null) return
    const list = client.held
    this.#places.set(requester, { client, list, link: list.push(requester) })
    this.#holding.add(client)
  }

  /** Endpoints have changed: held calls have turns again, before the other calls of their clients. */
  retryHeld(): void {
    for (const client of this.#holding) {
      const list = client.waiting
      for (const requester of client.held.values().reverse()) {
        this.remove(requester)
        this.#places.set(requester, { client, list, link: list.pushFirst(requester) })
      }
      if (!this.#atShare.has(client)) client.turn ??= this.#turns.push(client)
    }
  }

  /** Removes the call if it waits, and returns its client. */
  remove(requester: StreamRequester): Client | null {
    const place = this.#places.get(requester)
    if (place === undefined) return null
    const { client, list, link } = place
    this.#places.delete(requester)
    list.remove(link)
    if (client.waiting.size === 0) this.#leave(client)
    if (client.held.size === 0) this.#holding.delete(client)
    return client
  }

  /** The client whose turn it is. Clients that hold their share are skipped until `mayServe`. */
  nextClient(maxStreams: number): Client | null {
    for (let client = this.#turns.first; client !== null; client = this.#turns.first) {
      if (client.streams < maxStreams) return client
      this.#leave(client)
      this.#atShare.add(client)
    }
    return null
  }

  /** Removes the first call of the client that `nextClient` returned. The client's next turn comes after all others. */
  take(client: Client): StreamRequester {
    const requester = client.waiting.first
    if (requester === null) throw new Error("a client without a waiting call has a turn")
    this.#leaveTurn(client)
    this.remove(requester)
    if (client.waiting.size > 0) client.turn = this.#turns.push(client)
    return requester
  }

  /** The client holds one stream less than before. */
  mayServe(client: Client): void {
    if (this.#atShare.delete(client)) client.turn ??= this.#turns.push(client)
  }

  /** The share of every client may have grown. */
  mayServeAll(): void {
    for (const client of this.#atShare) this.mayServe(client)
  }

  /** Removes every call. Returns them with their clients. */
  clear(): [StreamRequester, Client][] {
    const all = [...this.#places].map(([requester, { client }]): [StreamRequester, Client] => [requester, client])
    for (const [requester] of all) this.remove(requester)
    return all
  }

  #leave(client: Client): void {
    this.#atShare.delete(client)
    this.#leaveTurn(client)
  }

  #leaveTurn(client: Client): void {
    if (client.turn === null) return
    this.#turns.remove(client.turn)
    client.turn = null
  }
}
