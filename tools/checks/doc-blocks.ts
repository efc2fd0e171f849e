import { readFileSync } from "node:fs"
import { join } from "node:path"

/** A block of code in a page of the docs that says in its first line what it is: ```yaml envoy. */
export interface DocBlock {
  /** `page:line`. */
  readonly place: string
  /** The heading above it. */
  readonly heading: string
  readonly text: string
}

const fence = /^( *)```(\S*) *(.*)$/

/** The blocks with this label in a page, which is named by its path from the root. */
export function docBlocks(root: string, page: string, label: string): DocBlock[] {
  const blocks: DocBlock[] = []
  let heading = ""
  let open: { readonly indent: string; readonly label: string; readonly line: number; readonly text: string[] } | null =
    null
  for (const [i, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    const [, indent = "", , name = ""] = fence.exec(line) ?? []
    if (open !== null) {
      if (line !== `${open.indent}\`\`\``) open.text.push(line.slice(open.indent.length))
      else {
        if (open.label === label)
          blocks.push({ place: `${page}:${open.line}`, heading, text: `${open.text.join("\n")}\n` })
        open = null
      }
    } else if (fence.test(line)) open = { indent, label: name, line: i + 1, text: [] }
    else if (line.startsWith("#")) heading = line.replace(/^#+ /, "")
  }
  return blocks
}
