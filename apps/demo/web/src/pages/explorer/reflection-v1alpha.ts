import { fromJsonString, toJsonString } from "@bufbuild/protobuf"
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt"
import {
  file_grpc_reflection_v1_reflection,
  type ServerReflection,
} from "@causeway/proto/grpc/reflection/v1/reflection_pb"

import { registryOf } from "./descriptor-files.ts"

/** The reflection service under the name that it had before it was stable; the messages are the same. */
export const reflectionV1alpha: typeof ServerReflection = renamed()

function renamed(): typeof ServerReflection {
  const v1 = toJsonString(FileDescriptorProtoSchema, file_grpc_reflection_v1_reflection.proto)
  const file = fromJsonString(FileDescriptorProtoSchema, v1.replaceAll("grpc.reflection.v1", "grpc.reflection.v1alpha"))
  return registryOf([file]).getService("grpc.reflection.v1alpha.ServerReflection") as typeof ServerReflection
}
