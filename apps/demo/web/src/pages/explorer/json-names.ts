import type { DescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt"

/**
 * Sets the JSON names that a file lacks. Some generators leave them out, Python's among them, and protobuf-es takes them from
 * the file alone: every field would have the empty name.
 */
export function addJsonNames(file: FileDescriptorProto): void {
  for (const message of file.messageType) addToMessage(message)
}

function addToMessage(message: DescriptorProto): void {
  for (const field of message.field) if (field.jsonName === "") field.jsonName = jsonNameOf(field.name)
  for (const nested of message.nestedType) addToMessage(nested)
}

/** As protoc derives it (descriptor.proto, `json_name`): an underscore goes, and the letter behind it becomes a capital. */
function jsonNameOf(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}
