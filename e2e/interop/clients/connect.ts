import type { DescMethod, Message } from "@bufbuild/protobuf"
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { StatusSchema } from "@causeway/proto/google/rpc/status_pb"
import { TestService, UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import { ConnectError } from "@connectrpc/connect"
import type { CallOptions, Client } from "@connectrpc/connect"
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire"
import type { Call, End, Events } from "./call.ts"

/** The clients of the two services, made by connect or by our SDK. */
export interface ConnectClients {
  readonly test: Client<typeof TestService>
  readonly unimplemented: Client<typeof UnimplementedService>
}

type AnyMethod = (request: Message, options: CallOptions) => Promise<Message> | AsyncIterable<Message>

/** Makes a call with a client that has connect's types: connect's client or ours. */
export function startByConnect(clients: ConnectClients, call: Call, events: Events): () => void {
  const abort = new AbortController()
  let trailer = new Headers()
  const options: CallOptions = {
    signal: abort.signal,
    headers: call.metadata.map(([name, value]): [string, string] => [name, value]),
    onHeader: (header) => events.header([...header]),
    onTrailer: (fields) => (trailer = fields),
    ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
  }
  void run(clients, call, options, events).then(
    () => events.end({ code: 0, message: "", trailer: [...trailer] }),
    (cause: unknown) => events.end(failure(cause)),
  )
  return () => abort.abort()
}

async function run(clients: ConnectClients, call: Call, options: CallOptions, events: Events): Promise<void> {
  const [service, client] =
    call.service === TestService.typeName ? [TestService, clients.test] : [UnimplementedService, clients.unimplemented]
  const method: DescMethod | undefined = service.methods.find(({ name }) => name === call.method)
  if (method === undefined) throw new Error(`${service.typeName} has no method ${call.method}`)
  const start = (client as unknown as Record<string, AnyMethod>)[method.localName]
  const answer = start(fromBinary(method.input, base64Decode(call.request)), options)
  const messages = Symbol.asyncIterator in answer ? answer : one(answer)
  for await (const message of messages) events.message(toBinary(method.output, message))
}

async function* one<T>(answer: Promise<T>): AsyncGenerator<T, void> {
  yield await answer
}

/** connect decodes `grpc-status-details-bin` and removes it from the metadata. */
function failure(cause: unknown): End {
  const { code, rawMessage, details, metadata } = ConnectError.from(cause)
  const anys = details.flatMap((detail) =>
    "type" in detail ? [{ typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value }] : [],
  )
  const status = toBinary(StatusSchema, create(StatusSchema, { code, message: rawMessage, details: anys }))
  return {
    code,
    message: rawMessage,
    trailer: [...metadata],
    ...(anys.length === 0 ? {} : { details: base64Encode(status) }),
  }
}
