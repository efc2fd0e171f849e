import { createFileRegistry, create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf"
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt"
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { failure, startTestServer } from "./start-test-server.ts"

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]>

/** The server's answers to the questions, asked on one stream. */
async function ask(...questions: Question[]): Promise<ServerReflectionResponse["messageResponse"][]> {
  const { client } = await startTestServer()
  async function* requests(): AsyncGenerator<{ messageRequest: Question }> {
    for (const messageRequest of questions) yield { messageRequest }
  }
  const answers = []
  for await (const { messageResponse } of client(ServerReflection).serverReflectionInfo(requests())) {
    answers.push(messageResponse)
  }
  return answers
}

function filesOf(answer: ServerReflectionResponse["messageResponse"] | undefined): FileDescriptorProto[] {
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`got ${answer?.case}`)
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
}

describe("reflection", () => {
  it("lists all services", async () => {
    const [answer] = await ask({ case: "listServices", value: "" })
    expect(answer?.case === "listServicesResponse" && answer.value.service.map(({ name }) => name)).toEqual([
      "api.v1.UserService",
      "api.v1.AuditService",
      "api.v1.ImportService",
      "api.v1.SupportService",
      "api.v1.BridgeService",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
    ])
  })

  it("sends a file with all it depends on: enough to build the service's types", async () => {
    const [answer] = await ask({ case: "fileContainingSymbol", value: "api.v1.ImportService" })
    const file = filesOf(answer)
    expect(file[0]?.name).toBe("api/v1/import.proto")
    // protobuf-es wants the files after those they depend on.
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: file.toReversed() }))
    expect(registry.getService("api.v1.ImportService")?.method["import"]?.methodKind).toBe("client_streaming")
    expect(registry.getMessage("google.rpc.BadRequest")).toBeDefined()
  })

  it.each([
    ["a service", "api.v1.UserService", "api/v1/user.proto"],
    ["a method", "api.v1.UserService.GetUser", "api/v1/user.proto"],
    ["a message", "api.v1.AuditEvent", "api/v1/audit.proto"],
    ["a nested message", "google.rpc.BadRequest.FieldViolation", "google/rpc/error_details.proto"],
    ["an enum", "api.v1.UserRole", "api/v1/user.proto"],
    ["a type of the protobuf library", "google.protobuf.Timestamp", "google/protobuf/timestamp.proto"],
  ])("finds the file of %s", async (_, value, name) => {
    const [answer] = await ask({ case: "fileContainingSymbol", value })
    expect(filesOf(answer)[0]?.name).toBe(name)
  })

  it("sends each dependency once per stream, and a file that is asked for each time", async () => {
    const question: Question = { case: "fileByFilename", value: "api/v1/user.proto" }
    const answers = await ask(question, { case: "fileByFilename", value: "api/v1/audit.proto" }, question)
    expect(answers.map((answer) => filesOf(answer).map(({ name }) => name))).toEqual([
      ["api/v1/user.proto", "google/protobuf/field_mask.proto", "google/protobuf/timestamp.proto"],
      ["api/v1/audit.proto"],
      ["api/v1/user.proto"],
    ])
  })

  it("says NOT_FOUND of what there is not, and goes on", async () => {
    const answers = await ask(
      { case: "fileByFilename", value: "nothing.proto" },
      { case: "fileContainingSymbol", value: "api.v1.Nothing" },
      { case: "fileContainingExtension", value: { containingType: "api.v1.User", extensionNumber: 7 } },
      { case: "allExtensionNumbersOfType", value: "api.v1.Nothing" },
      { case: "allExtensionNumbersOfType", value: "api.v1.User" },
    )
    expect(answers.map((answer) => (answer.case === "errorResponse" ? answer.value.errorCode : answer.case))).toEqual([
      5,
      5,
      5,
      5,
      "allExtensionNumbersResponse",
    ])
  })

  it("refuses a question of no kind", async () => {
    const error = await failure(ask({ case: undefined }))
    expect(error.code).toBe(Code.InvalidArgument)
  })
})
