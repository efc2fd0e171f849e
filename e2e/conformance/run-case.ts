import { create } from "@bufbuild/protobuf"
import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { anyUnpack, AnySchema } from "@bufbuild/protobuf/wkt"
import { bufferedRequests, createClient, createTransport, decompression, isRpcError } from "@causeway/client"
import type { RpcError } from "@causeway/client"
import type { CallOptions, Client } from "@connectrpc/connect"
import {
  ClientCompatResponseSchema,
  ClientResponseResultSchema,
  type ClientCompatRequest,
  type ClientCompatResponse,
  type ClientResponseResult,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"
import type { Code } from "./gen/connectrpc/conformance/v1/config_pb.ts"
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  ConformancePayloadSchema,
  ConformanceService,
  ErrorSchema,
  HeaderSchema,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  UnaryRequestSchema,
  UnimplementedRequestSchema,
  type ConformancePayload,
  type Error as ErrorMessage,
  type Header,
} from "./gen/connectrpc/conformance/v1/service_pb.ts"

/**
 * Makes the call that the suite requests with our client and reports the result. Runs in Node and in a page. An error
 * that is not an `RpcError` is a defect of the client, and is reported as a defect.
 */
export async function runCase(request: ClientCompatRequest): Promise<ClientCompatResponse> {
  const { testName } = request
  try {
    const value = await new CaseRun(request).run()
    return create(ClientCompatResponseSchema, { testName, result: { case: "response", value } })
  } catch (cause) {
    const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    return create(ClientCompatResponseSchema, { testName, result: { case: "error", value: { message } } })
  }
}

/** When to cancel, as the suite requests; null: never. */
type CancelTiming =
  | { readonly kind: "beforeCloseSend" }
  | { readonly kind: "afterCloseSend"; readonly ms: number }
  | { readonly kind: "afterResponses"; readonly count: number }
  | null

interface Answer {
  readonly payload?: ConformancePayload
}

class CaseRun {
  readonly #request: ClientCompatRequest
  readonly #cancel: CancelTiming
  readonly #controller = new AbortController()
  readonly #result: ClientResponseResult = create(ClientResponseResultSchema)
  readonly #client: Client<typeof ConformanceService>

  constructor(request: ClientCompatRequest) {
    this.#request = request
    this.#cancel = cancelTiming(request)
    const { host, port, serverTlsCert, messageReceiveLimit } = request
    const transport = createTransport({
      decompression: decompression(),
      requestStreaming: bufferedRequests(),
      baseUrl: `${serverTlsCert.length > 0 ? "https" : "http"}://${host}:${port}`,
      ...(messageReceiveLimit > 0 ? { maxMessageBytes: messageReceiveLimit } : {}),
    })
    this.#client = createClient(ConformanceService, transport)
  }

  async run(): Promise<ClientResponseResult> {
    const result = this.#result
    try {
      for await (const { payload } of await this.#answers()) {
        result.payloads.push(payload ?? create(ConformancePayloadSchema))
        if (this.#cancel?.kind === "afterResponses" && this.#cancel.count === result.payloads.length) {
          this.#controller.abort()
        }
      }
    } catch (error) {
      if (!isRpcError(error)) throw error
      result.error = errorMessage(error)
      result.responseTrailers = headerMessages(error.metadata)
    }
    return result
  }

  async #answers(): Promise<AsyncIterable<Answer>> {
    const client = this.#client
    const options = this.#callOptions()
    switch (this.#request.method) {
      case "Unary":
        return one(client.unary(await this.#single(UnaryRequestSchema), options))
      case "IdempotentUnary":
        return one(client.idempotentUnary(await this.#single(IdempotentUnaryRequestSchema), options))
      case "Unimplemented":
        return one(client.unimplemented(await this.#single(UnimplementedRequestSchema), options).then(() => ({})))
      case "ServerStream":
        return client.serverStream(await this.#single(ServerStreamRequestSchema), options)
      case "ClientStream":
        return one(client.clientStream(this.#requests(ClientStreamRequestSchema), options))
      case "BidiStream":
        return client.bidiStream(this.#requests(BidiStreamRequestSchema), options)
      default:
        throw new Error(`the suite asks for a method that it has not: ${this.#request.method}`)
    }
  }

  #callOptions(): CallOptions {
    const { timeoutMs, requestHeaders } = this.#request
    const headers = new Headers()
    for (const { name, value } of requestHeaders) for (const each of value) headers.append(name, each)
    return {
      headers,
      signal: this.#controller.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onHeader: (header) => (this.#result.responseHeaders = headerMessages(header)),
      onTrailer: (trailer) => (this.#result.responseTrailers = headerMessages(trailer)),
    }
  }

  /** The single message of a unary or server-streaming call. */
  async #single<T extends DescMessage>(schema: T): Promise<MessageShape<T>> {
    const messages: MessageShape<T>[] = []
    for await (const message of this.#requests(schema)) messages.push(message)
    const [only] = messages
    if (only === undefined || messages.length > 1) throw new Error(`expected one ${schema.typeName} to send`)
    return only
  }

  async *#requests<T extends DescMessage>(schema: T): AsyncGenerator<MessageShape<T>, void> {
    const { requestMessages, requestDelayMs } = this.#request
    this.#result.numUnsentRequests = requestMessages.length
    for (const any of requestMessages) {
      if (requestDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, requestDelayMs))
      const message = anyUnpack(any, schema)
      if (message === undefined) throw new Error(`expected a ${schema.typeName} to send, received ${any.typeUrl}`)
      this.#result.numUnsentRequests--
      yield message
    }
    if (this.#cancel?.kind === "beforeCloseSend") this.#controller.abort()
    if (this.#cancel?.kind === "afterCloseSend") setTimeout(() => this.#controller.abort(), this.#cancel.ms)
  }
}

function cancelTiming({ cancel }: ClientCompatRequest): CancelTiming {
  if (cancel === undefined) return null
  switch (cancel.cancelTiming.case) {
    case "beforeCloseSend":
      return { kind: "beforeCloseSend" }
    case "afterNumResponses":
      return { kind: "afterResponses", count: cancel.cancelTiming.value }
    case "afterCloseSendMs":
      return { kind: "afterCloseSend", ms: cancel.cancelTiming.value }
    case undefined:
      return { kind: "afterCloseSend", ms: 0 }
  }
}

async function* one<T>(answer: Promise<T>): AsyncGenerator<T, void> {
  yield await answer
}

function errorMessage({ code, rawMessage, details }: RpcError): ErrorMessage {
  const anys = details.map((detail) => {
    if (!("type" in detail))
      throw new Error(`an error's detail was not received but made here: ${detail.desc.typeName}`)
    return create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value })
  })
  return create(ErrorSchema, { code: code as number as Code, message: rawMessage, details: anys })
}

function headerMessages(headers: Headers): Header[] {
  return Array.from(headers, ([name, value]) => create(HeaderSchema, { name, value: [value] }))
}
