import type { ParsedNode, Scalar, YAMLParseError } from "yaml"
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument } from "yaml"
import type { Place, Tree, TreeEntry } from "./tree.ts"

/** A problem with the text of a file. */
export interface SyntaxProblem {
  readonly place: Place
  readonly message: string
}

/** The content of a file, and the problems with its text. */
export interface ParsedFile {
  /** Null: the problems leave nothing to read. A name that stands twice leaves the rest. */
  readonly tree: Tree | null
  readonly problems: readonly SyntaxProblem[]
}

/** Kubernetes limits a ConfigMap to the same size. */
export const maxFileBytes = 1_048_576
/** The values in a file, each alias counted with all values that it stands for. */
const maxValues = 100_000
const maxDepth = 32
/** Words, marks and blanks. A thousand routes with all their fields have half as many. */
const maxTokens = 150_000
const maxTokenLength = 131_072

/** Parses YAML 1.2, of which JSON is a part. Aliases are resolved. Never throws. */
export function parseYaml(text: string): ParsedFile {
  const excess = excessOf(text)
  if (excess !== null) return refused(excess)
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false })
    const reader = new TreeReader(lines)
    const tree = document.errors.length > 0 ? null : reader.read(document.contents)
    const syntax = document.errors.map((error) => ({ place: placeOf(lines, error.pos[0]), message: wordsOf(error) }))
    return { tree: reader.isWhole ? tree : null, problems: [...syntax, ...reader.problems] }
  } catch (cause) {
    // The parser calls itself for each level, and a million brackets are too many levels for the stack.
    return refused(cause instanceof RangeError ? tooDeep : `cannot be read as YAML: ${String(cause)}`)
  }
}

/**
 * Why the text is too much to parse. Null: it is not. The parser would take seconds for a million marks, and the bridge serves
 * calls meanwhile.
 */
function excessOf(text: string): string | null {
  if (Buffer.byteLength(text) > maxFileBytes) return "received more than 1 MiB; expected a configuration file"
  let tokens = 0
  for (const token of new Lexer().lex(text)) {
    if (++tokens > maxTokens) return `has more than ${maxTokens} words and marks; expected a configuration file`
    if (token.length > maxTokenLength) return "has a value of more than 128 KiB; expected a configuration file"
  }
  return null
}

const tooDeep = `is nested deeper than ${maxDepth} levels; expected a configuration`

function refused(message: string): ParsedFile {
  return { tree: null, problems: [{ place: { line: 1, column: 1 }, message }] }
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** The parser's message without the text of the file, which may be a secret. The place tells enough. */
function wordsOf({ code, message }: YAMLParseError): string {
  const words = code === "MISSING_CHAR" ? message : message.replace(/ ?[:\\].*$/s, "")
  return words === message ? words : `${words}; a text with special characters needs quotes`
}

class TreeReader {
  readonly problems: SyntaxProblem[] = []
  /** False: a value could not be read, so the tree lacks it. */
  isWhole = true
  readonly #lines: LineCounter
  readonly #anchors = new Map<string, ParsedNode>()
  readonly #open = new Set<ParsedNode>()
  #values = 0

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  /** Null: the problems say why there is no tree. */
  read(node: ParsedNode | null): Tree | null {
    if (node === null) return { kind: "map", entries: [], place: { line: 1, column: 1 } } // an empty file
    if (this.#values > maxValues) return null
    if (++this.#values > maxValues) {
      return this.#refuse(node, `has more than ${maxValues} values, each alias counted with what it stands for`)
    }
    if (isAlias(node)) return this.#readAlias(node.source, node)
    if (node.tag !== undefined && node.tag !== null) {
      return this.#refuse(
        node,
        "has a tag; expected none, since the settings say which type they have; a text that begins with ! needs quotes",
      )
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) return this.#readScalar(node)
    if (this.#open.size >= maxDepth) return this.#refuse(node, tooDeep)
    this.#open.add(node)
    const tree = isMap<ParsedNode, ParsedNode | null>(node) ? this.#readMap(node) : this.#readList(node)
    this.#open.delete(node)
    return tree
  }

  #readScalar(node: Scalar.Parsed): Tree {
    return { kind: "value", value: node.value, text: node.source, place: this.#placeOf(node) }
  }

  #readAlias(name: string, node: ParsedNode): Tree | null {
    const target = this.#anchors.get(name)
    if (target === undefined) {
      return this.#refuse(node, "is an alias whose anchor is not before it; a text that begins with * needs quotes")
    }
    if (this.#open.has(target)) return this.#refuse(node, `*${name} stands inside &${name}, so it has no end`)
    return this.read(target)
  }

  #readList(node: ParsedNode): Tree | null {
    if (!isSeq<ParsedNode>(node)) return null
    const items = node.items.map((item) => this.read(item)).filter((item) => item !== null)
    return { kind: "list", items, place: this.#placeOf(node) }
  }

  #readMap(
    node: { readonly items: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[] } & ParsedNode,
  ): Tree {
    const entries = new Map<string, TreeEntry>()
    for (const { key, value } of node.items) {
      const entry = this.#readEntry(key, value, entries)
      if (entry !== null) entries.set(entry.name, entry)
    }
    return { kind: "map", entries: [...entries.values()], place: this.#placeOf(node) }
  }

  #readEntry(key: ParsedNode, value: ParsedNode | null, earlier: ReadonlyMap<string, TreeEntry>): TreeEntry | null {
    if (!isScalar(key)) return this.#refuse(key, "is no name; expected name: value")
    const name = key.source
    const place = this.#placeOf(key)
    const before = earlier.get(name)?.place ?? null
    if (before !== null) {
      this.#tell(key, `${JSON.stringify(name)} stands twice, first in line ${before.line}; expected it once`)
      return null
    }
    const tree: Tree | null = value === null ? { kind: "value", value: null, text: "", place } : this.read(value)
    return tree === null ? null : { name, value: tree, place }
  }

  #placeOf(node: ParsedNode): Place {
    return placeOf(this.#lines, node.range[0])
  }

  #refuse(node: ParsedNode, message: string): null {
    this.#tell(node, message)
    this.isWhole = false
    return null
  }

  #tell(node: ParsedNode, message: string): void {
    this.problems.push({ place: this.#placeOf(node), message })
  }
}
