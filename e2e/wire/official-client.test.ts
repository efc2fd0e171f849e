import { GrpcWebClientBase, MethodDescriptor, MethodType } from "grpc-web"
import { expect, it, onTestFinished } from "vitest"

interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Records how the official client uses an XMLHttpRequest. Sends nothing. */
function recordRequests(): Sent[] {
  const sent: Sent[] = []
  class Recorder {
    readonly #headers: [string, string][] = []
    #line: [string, string] = ["", ""]
    open(method: string, url: string): void {
      this.#line = [method, url]
    }
    setRequestHeader(name: string, value: string): void {
      this.#headers.push([name, value])
    }
    send(): void {
      sent.push({ method: this.#line[0], url: new URL(this.#line[1]), headers: this.#headers })
    }
    abort(): void {}
  }
  const scope = globalThis as { XMLHttpRequest?: unknown }
  const before = scope.XMLHttpRequest
  scope.XMLHttpRequest = Recorder
  onTestFinished(() => {
    scope.XMLHttpRequest = before
  })
  return sent
}

function call(options: ConstructorParameters<typeof GrpcWebClientBase>[0]): Sent {
  const sent = recordRequests()
  const encode = (): Uint8Array => Uint8Array.of(1)
  const method = new MethodDescriptor<object, object>("/a.B/C", MethodType.UNARY, Object, Object, encode, () => ({}))
  new GrpcWebClientBase(options).rpcCall("http://h.test/a.B/C", {}, { "x-custom": "v" }, method, () => {}).cancel()
  return sent[0]
}

it("R10 grpc-web 2.1.1 with suppressCorsPreflight sends all headers in the query, as a form (verified here)", () => {
  const { method, url, headers } = call({ format: "text", suppressCorsPreflight: true })
  expect([method, headers]).toEqual(["POST", [["Content-Type", "application/x-www-form-urlencoded;charset=utf-8"]]])
  const hidden = url.searchParams.get("$httpHeaders")?.split("\r\n") ?? []
  expect(hidden).toContain("x-custom:v")
  expect(hidden).toContain("Content-Type:application/grpc-web-text")
})

it("R10 grpc-web 2.1.1 without it sends them as headers", () => {
  const { url, headers } = call({ format: "text" })
  expect(url.search).toBe("")
  expect(headers).toContainEqual(["x-custom", "v"])
})

it("R12 grpc-web 2.1.1 asks for text by Accept in text mode, and names no Accept in binary mode", () => {
  const acceptOf = ({ headers }: Sent): string | undefined => headers.find(([name]) => name === "Accept")?.[1]
  expect(acceptOf(call({ format: "text" }))).toBe("application/grpc-web-text")
  expect(acceptOf(call({ format: "binary" }))).toBeUndefined()
})
