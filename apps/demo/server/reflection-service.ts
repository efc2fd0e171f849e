import { createRegistry, type DescFile, type DescService, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt"
import {
  type ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect"

import { messagesUntilAborted } from "./messages-until-aborted.ts"

type Answer = MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]

/** grpc.reflection.v1.ServerReflection for these services. */
export function createReflectionService(services: readonly DescService[]): ServiceImpl<typeof ServerReflection> {
  const catalog = createCatalog(services)
  return {
    async *serverReflectionInfo(questions, { signal }) {
      const sentFiles = new Set<string>()
      for await (const question of messagesUntilAborted(questions, signal)) {
        const messageResponse = answer(catalog, question, sentFiles)
        yield { validHost: question.host, originalRequest: question, messageResponse }
      }
    },
  }
}

/** What can be asked about. Names are as on the wire: "api/v1/user.proto", "api.v1.User". */
interface Catalog {
  readonly serviceNames: readonly string[]
  fileByName(name: string): DescFile | undefined
  fileOfSymbol(symbol: string): DescFile | undefined
  isMessage(name: string): boolean
}

function createCatalog(services: readonly DescService[]): Catalog {
  const files = withDependencies(services.map(({ file }) => file))
  const byName = new Map(files.map((file) => [file.proto.name, file]))
  const registry = createRegistry(...files)
  return {
    serviceNames: services.map(({ typeName }) => typeName),
    fileByName: (name) => byName.get(name),
    fileOfSymbol: (symbol) => registry.get(symbol)?.file ?? fileOfMethod(services, symbol),
    isMessage: (name) => registry.getMessage(name) !== undefined,
  }
}

function fileOfMethod(services: readonly DescService[], symbol: string): DescFile | undefined {
  return services.find(({ typeName, methods }) => methods.some(({ name }) => `${typeName}.${name}` === symbol))?.file
}

function answer(catalog: Catalog, question: ServerReflectionRequest, sentFiles: Set<string>): Answer {
  const { case: kind, value } = question.messageRequest
  switch (kind) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: catalog.serviceNames.map((name) => ({ name })) } }
    case "fileByFilename":
      return fileAnswer(catalog.fileByName(value), `file ${JSON.stringify(value)}`, sentFiles)
    case "fileContainingSymbol":
      return fileAnswer(catalog.fileOfSymbol(value), `symbol ${JSON.stringify(value)}`, sentFiles)
    case "fileContainingExtension":
      return notFound(`extension ${value.extensionNumber} of ${JSON.stringify(value.containingType)}`)
    case "allExtensionNumbersOfType":
      // All files are proto3, which has no extensions of messages.
      return catalog.isMessage(value)
        ? { case: "allExtensionNumbersResponse", value: { baseTypeName: value } }
        : notFound(`message ${JSON.stringify(value)}`)
    case undefined:
      throw new ConnectError("The request asks for nothing that this server knows.", Code.InvalidArgument)
  }
}

/** The file even if it was sent before, since it is what was asked for; of its dependencies only the new ones. */
function fileAnswer(file: DescFile | undefined, subject: string, sentFiles: Set<string>): Answer {
  if (file === undefined) return notFound(subject)
  const files = withDependencies([file]).filter((other) => other === file || !sentFiles.has(other.proto.name))
  for (const { proto } of files) sentFiles.add(proto.name)
  const fileDescriptorProto = files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto))
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } }
}

function notFound(subject: string): Answer {
  return { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage: `There is no ${subject}.` } }
}

/** The files and all they import, directly or not, each once. */
function withDependencies(files: readonly DescFile[]): DescFile[] {
  const found = new Set(files)
  // A set visits what is added to it while it is visited.
  for (const file of found) for (const dependency of file.dependencies) found.add(dependency)
  return [...found]
}
