import { create, toJson } from "@bufbuild/protobuf"
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt"
import { expect, it } from "vitest"
import { registryOf } from "./descriptor-files.ts"

function text(name: string, number: number, jsonName?: string) {
  return { name, number, type: Type.STRING, label: Label.OPTIONAL, ...(jsonName === undefined ? {} : { jsonName }) }
}

/** A file as Python's generator embeds it: without JSON names, but for one that the author chose. */
function fileWithoutJsonNames() {
  const field = [text("text", 1), text("pause_ms", 2), text("_a__b1_", 3), text("renamed", 4, "newName")]
  const nestedType = [{ name: "Inner", field: [text("deep_one", 1)] }]
  const messageType = [{ name: "Reply", field, nestedType }]
  return create(FileDescriptorProtoSchema, { name: "hello.proto", package: "hello.v1", syntax: "proto3", messageType })
}

it("fields of a server that leaves their JSON names out are shown under the names that protoc derives", () => {
  const registry = registryOf([fileWithoutJsonNames()])
  const reply = registry.getMessage("hello.v1.Reply")
  expect(reply?.fields.map(({ jsonName }) => jsonName)).toEqual(["text", "pauseMs", "AB1", "newName"])
  expect(registry.getMessage("hello.v1.Reply.Inner")?.fields[0]?.jsonName).toBe("deepOne")
})

it("a message of such a server becomes JSON with every field in it", () => {
  const schema = registryOf([fileWithoutJsonNames()]).getMessage("hello.v1.Reply")
  if (schema === undefined) throw new Error("the registry lacks the message")
  const reply = create(schema, { text: "Hello", pauseMs: "5" })
  expect(toJson(schema, reply)).toEqual({ text: "Hello", pauseMs: "5" })
})
