import { create, toBinary } from "@bufbuild/protobuf"
import { file_google_protobuf_timestamp, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt"
import { AuditService, file_api_v1_audit } from "@causeway/proto/api/v1/audit_pb"
import { ServerReflection, type ServerReflectionRequest } from "@causeway/proto/grpc/reflection/v1/reflection_pb"
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { reflectionV1alpha } from "./reflection-v1alpha.ts"
import { reflectServices } from "./reflect-services.ts"

const { signal } = new AbortController()
type Reflection = ServiceImpl<typeof ServerReflection>

/** Answers with the files under these names, and lists these services. */
function reflectionOf(
  services: readonly string[],
  filesFor: Readonly<Record<string, Parameters<typeof toBinary<typeof FileDescriptorProtoSchema>>[1][]>>,
): Reflection {
  const answer = ({ case: kind, value }: ServerReflectionRequest["messageRequest"]) => {
    if (kind === "listServices") {
      return { case: "listServicesResponse" as const, value: { service: services.map((name) => ({ name })) } }
    }
    const files = typeof value === "string" ? filesFor[value] : undefined
    if (files === undefined) {
      return {
        case: "errorResponse" as const,
        value: { errorCode: Code.NotFound, errorMessage: `no ${JSON.stringify(value)}` },
      }
    }
    const fileDescriptorProto = files.map((file) => toBinary(FileDescriptorProtoSchema, file))
    return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } }
  }
  return {
    async *serverReflectionInfo(questions) {
      for await (const { messageRequest } of questions) yield { messageResponse: answer(messageRequest) }
    },
  }
}

const transportOf = (reflection: Reflection) =>
  createRouterTransport((router) => router.service(ServerReflection, reflection))

describe("reflectServices", () => {
  it("finds services with all their types, asking for imports that did not come along", async () => {
    const reflection = reflectionOf(["api.v1.AuditService"], {
      "api.v1.AuditService": [file_api_v1_audit.proto],
      "google/protobuf/timestamp.proto": [file_google_protobuf_timestamp.proto],
    })
    const { services, registry } = await reflectServices(transportOf(reflection), signal)
    const methods = AuditService.methods.map(({ name }) => ({ name }))
    expect(services).toMatchObject([{ kind: "found", name: "api.v1.AuditService", methods }])
    expect(registry.getMessage("google.protobuf.Timestamp")).toBeDefined()
  })

  it("shows a service that cannot be described as such, beside the others", async () => {
    const broken = create(FileDescriptorProtoSchema, {
      name: "broken.proto",
      dependency: ["missing.proto"],
      service: [{ name: "Broken" }],
    })
    const reflection = reflectionOf(["Broken", "Unknown", "api.v1.AuditService"], {
      Broken: [broken],
      "api.v1.AuditService": [file_google_protobuf_timestamp.proto, file_api_v1_audit.proto],
    })
    const { services } = await reflectServices(transportOf(reflection), signal)
    expect(services).toMatchObject([
      { kind: "unreadable", name: "Broken", why: 'no "missing.proto"' },
      { kind: "unreadable", name: "Unknown", why: 'no "Unknown"' },
      { kind: "found", name: "api.v1.AuditService" },
    ])
  })

  it("asks by v1alpha where there is no v1", async () => {
    const reflection = reflectionOf(["api.v1.AuditService"], {
      "api.v1.AuditService": [file_google_protobuf_timestamp.proto, file_api_v1_audit.proto],
    })
    const transport = createRouterTransport((router) => router.service(reflectionV1alpha, reflection))
    expect((await reflectServices(transport, signal)).services).toMatchObject([{ kind: "found" }])
    expect(reflectionV1alpha.method.serverReflectionInfo.input.typeName).toBe(
      "grpc.reflection.v1alpha.ServerReflectionRequest",
    )
  })

  it("passes on that the server has no reflection", async () => {
    const none = createRouterTransport(() => {})
    await expect(reflectServices(none, signal)).rejects.toMatchObject({ code: Code.Unimplemented })
  })

  it("passes on a failure of the call itself", async () => {
    const reflection: Reflection = {
      // oxlint-disable-next-line require-yield -- it fails before it could
      async *serverReflectionInfo() {
        throw new ConnectError("not you", Code.PermissionDenied)
      },
    }
    await expect(reflectServices(transportOf(reflection), signal)).rejects.toMatchObject({
      code: Code.PermissionDenied,
    })
  })
})
