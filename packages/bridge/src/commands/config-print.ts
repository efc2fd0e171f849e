import { Document, Scalar, YAMLMap, YAMLSeq } from "yaml"
import { fieldPath } from "../config/file/reading.ts"
import type { Written } from "../config/file/shape.ts"
import { writeConfig } from "../config/write-config.ts"
import type { CommandResult } from "./command.ts"
import { loadForCommand } from "./load-for-command.ts"

/**
 * `config print [flags]`: the configuration in force, with every default filled in, as a configuration file. A comment says where
 * each value comes from. Secrets are hidden.
 */
export function printCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandResult {
  const read = loadForCommand(argv, env)
  if (read.kind === "result") return read.result
  const { written, originOf } = writeConfig(read.loaded)
  const document = new Document(nodeOf(written, "", originOf))
  return { stdout: document.toString({ lineWidth: 0 }), stderr: read.warnings, exitCode: 0 }
}

type OriginOf = (path: string) => string

/** The node of a value, with its origin as a comment. Lists of plain values, and what is empty, take one line. */
function nodeOf(value: Written, path: string, originOf: OriginOf): Scalar | YAMLMap | YAMLSeq {
  if (typeof value !== "object") return commented(new Scalar(value), path, originOf)
  const items: readonly (readonly [string, Written])[] = isList(value)
    ? value.map((item, i) => [`${path}[${i}]`, item])
    : Object.entries(value)
  const isFlat = items.every(([, item]) => typeof item !== "object") && (isList(value) || items.length === 0)
  const node = isList(value) ? new YAMLSeq() : new YAMLMap()
  node.flow = isFlat
  for (const [name, item] of items) {
    if (node instanceof YAMLMap) node.set(name, nodeOf(item, fieldPath(path, name), originOf))
    else node.add(isFlat ? new Scalar(item) : nodeOf(item, name, originOf))
  }
  return isFlat ? commented(node, path, originOf) : node
}

function commented<T extends Scalar | YAMLMap | YAMLSeq>(node: T, path: string, originOf: OriginOf): T {
  node.comment = ` ${originOf(path)}`
  return node
}

function isList(value: Written): value is readonly Written[] {
  return Array.isArray(value)
}
