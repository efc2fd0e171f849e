import { type DescMethod, type FileRegistry, fromBinary } from "@bufbuild/protobuf"
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt"
import { createClient, isRpcError } from "@causeway/client"
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import { Code, ConnectError, type Transport } from "@connectrpc/connect"

import { registryOf } from "./descriptor-files.ts"
import { reflectionV1alpha } from "./reflection-v1alpha.ts"

/** One question to the server; this page needs only these. */
type Question = Extract<
  ServerReflectionRequest["messageRequest"],
  { readonly case: "listServices" | "fileContainingSymbol" | "fileByFilename" }
>

/** A service, as far as the server could tell. */
export type FoundService =
  | { readonly kind: "found"; readonly name: string; readonly methods: readonly DescMethod[] }
  | { readonly kind: "unreadable"; readonly name: string; readonly why: string }

/** The services of a server and all their types. */
export interface Catalog {
  readonly services: readonly FoundService[]
  readonly registry: FileRegistry
}

/**
 * Asks a server by gRPC reflection for its services and their types: v1, and v1alpha where it knows no v1. A service that the
 * server names but cannot describe does not hide the others.
 *
 * Rejects with an `RpcError`: UNIMPLEMENTED when the server has no reflection.
 */
export async function reflectServices(transport: Transport, signal: AbortSignal): Promise<Catalog> {
  const { ask, list } = await openReflection(transport, signal)
  const names = list.map(({ name }) => name).sort()
  const files = new Map<string, FileDescriptorProto>()
  const failures = new Map<string, string>()
  // Sequential, because the answer for one service may contain files that the next needs.
  for (const name of names) {
    const question: Question = { case: "fileContainingSymbol", value: name }
    await collect(ask, question, files).catch((error: unknown) => {
      if (signal.aborted || isConnectionFailure(error)) throw error
      failures.set(name, ConnectError.from(error).rawMessage)
    })
  }
  const registry = registryOf(files.values())
  return { registry, services: names.map((name) => serviceOf(registry, name, failures.get(name))) }
}

/** Answers one question. Our calls are half duplex, so each question is a separate call. */
type Ask = (question: Question) => Promise<ServerReflectionResponse["messageResponse"]>

async function openReflection(transport: Transport, signal: AbortSignal) {
  const listServices: Question = { case: "listServices", value: "" }
  let ask = asker(ServerReflection, transport, signal)
  const answer = await ask(listServices).catch((error: unknown) => {
    if (ConnectError.from(error).code !== Code.Unimplemented) throw error
    ask = asker(reflectionV1alpha, transport, signal)
    return ask(listServices)
  })
  return { ask, list: answer.case === "listServicesResponse" ? answer.value.service : [] }
}

function asker(service: typeof ServerReflection, transport: Transport, signal: AbortSignal): Ask {
  const client = createClient(service, transport)
  return async (messageRequest) => {
    for await (const { messageResponse } of client.serverReflectionInfo(only({ messageRequest }), { signal })) {
      if (messageResponse.case !== "errorResponse") return messageResponse
      throw new ConnectError(messageResponse.value.errorMessage, messageResponse.value.errorCode)
    }
    throw new ConnectError("the server gave no answer to a question of reflection", Code.Unknown)
  }
}

async function* only<T>(message: T): AsyncGenerator<T> {
  yield message
}

/** Adds the files that answer the question, and those that they import. */
async function collect(ask: Ask, question: Question, files: Map<string, FileDescriptorProto>): Promise<void> {
  const answer = await ask(question)
  if (answer.case !== "fileDescriptorResponse") return
  const come = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
  for (const file of come) files.set(file.name, file)
  for (const name of come.flatMap(({ dependency }) => dependency)) {
    if (!files.has(name)) await collect(ask, { case: "fileByFilename", value: name }, files)
  }
}

function isConnectionFailure(error: unknown): boolean {
  return isRpcError(error) && error.source !== "server"
}

function serviceOf(registry: FileRegistry, name: string, failure: string | undefined): FoundService {
  const service = registry.getService(name)
  if (service !== undefined) return { kind: "found", name, methods: service.methods }
  return { kind: "unreadable", name, why: failure ?? "the server sent no description of it" }
}

/** The method with this name, `package.Service/Method`; null: there is none. */
export function findMethod({ registry }: Catalog, name: string): DescMethod | null {
  const [service = "", method = ""] = name.split("/")
  return registry.getService(service)?.methods.find((other) => other.name === method) ?? null
}

/** The name of a method as its URL has it: `package.Service/Method`. */
export function methodName({ parent, name }: DescMethod): string {
  return `${parent.typeName}/${name}`
}
