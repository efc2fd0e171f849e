import { create, createFileRegistry, type FileRegistry } from "@bufbuild/protobuf"
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt"
import { addJsonNames } from "./json-names.ts"

/**
 * The types of these files, by their names. The order of the files does not matter. One whose imports are not among them,
 * directly or not, is left out.
 */
export function registryOf(files: Iterable<FileDescriptorProto>): FileRegistry {
  const file = [...completeFiles(files)]
  file.forEach(addJsonNames)
  return createFileRegistry(create(FileDescriptorSetSchema, { file }))
}

/** Each file after those that it imports, as protobuf-es wants them. */
function completeFiles(files: Iterable<FileDescriptorProto>): Set<FileDescriptorProto> {
  const byName = new Map([...files].map((file) => [file.name, file]))
  const complete = new Set<FileDescriptorProto>()
  const visited = new Set<string>()
  const isComplete = (name: string): boolean => {
    const file = byName.get(name)
    // A circle of imports, which no compiler lets pass, is not complete either.
    if (file === undefined || visited.has(name)) return file !== undefined && complete.has(file)
    visited.add(name)
    if (file.dependency.map(isComplete).includes(false)) return false
    complete.add(file)
    return true
  }
  for (const name of byName.keys()) isComplete(name)
  return complete
}
