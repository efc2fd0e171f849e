import type { BridgeError } from "../../src/core/errors.ts"
import type { Lost, UpstreamStream } from "../../src/core/upstream-stream.ts"
import type { CallEndpoint, StreamRequester } from "../../src/core/upstream.ts"

/** An endpoint, for reading the fields of a request before it has one. */
export const anyEndpoint: CallEndpoint = {
  name: "http://b:1",
  scheme: "http",
  authority: "b:1",
  credentials: [],
  attemptEnded: () => {},
}

/** Takes a stream and does nothing with it until the test says so. */
export class Requester implements StreamRequester {
  readonly clientAddress: string
  readonly hash: number = 0
  readonly avoid: readonly string[] = []
  stream: UpstreamStream | null = null
  refusal: BridgeError | null = null
  loss: Lost | null = null
  readonly #onOpened: () => void

  constructor(clientAddress = "192.0.2.1", onOpened: () => void = () => {}) {
    this.clientAddress = clientAddress
    this.#onOpened = onOpened
  }

  fields(): string[] {
    return [":method", "POST", ":scheme", "http", ":path", "/test.Service/Method", ":authority", "b", "te", "trailers"]
  }

  opened(stream: UpstreamStream, _endpoint?: CallEndpoint): void {
    this.stream = stream
    this.#onOpened()
  }

  refused(error: BridgeError): void {
    this.refusal = error
  }

  lost(how: Lost): void {
    this.loss = how
  }

  head(): void {}
  data(): void {}
  end(): void {}
  drained(): void {}

  crashed(cause: unknown): void {
    throw cause
  }
}
