// Checks what the docs name: files of the repository, and the targets of links between pages.

import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"

/** Pages that name files and folders from this folder on. In other pages the end of a path is enough, such as `level-loads.ts`. */
const baseOf: Readonly<Record<string, string>> = { "docs/life-of-a-call.md": "packages/bridge/src/" }

const sourceFile = /(?<!`)`((?!\.[a-z])[\w@./-]*[\w-]\.(?:ts|tsx|mjs))`/g
const sourceFolder = /(?<!`)`([\w@./-]+\/)`/g
const link = /\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)/g
const fence = /^( *)```[\s\S]*?^\1```$/gm

/** The files below `root` that Git would commit. */
export function filesOf(root: string): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  return listed.split("\n").filter((file) => file !== "" && existsSync(join(root, file)))
}

/** Reads the pages among `files`. Returns one line for each name of a source file, and for each link, that leads nowhere. */
export function brokenDocNames(root: string, files: readonly string[]): string[] {
  const pages = files.filter((file) => file.endsWith(".md"))
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8").replace(fence, "")
    return [...brokenNames(page, text, files), ...brokenLinks(root, page, text)]
  })
}

function brokenNames(page: string, text: string, files: readonly string[]): string[] {
  const names = (pattern: RegExp): Set<string> => new Set([...text.matchAll(pattern)].map(([, name]) => name))
  const missing = Object.hasOwn(baseOf, page)
    ? [
        ...[...names(sourceFile)].filter((name) => !files.includes(baseOf[page] + name)),
        ...[...names(sourceFolder)].filter((name) => !files.some((file) => file.startsWith(baseOf[page] + name))),
      ]
    : [...names(sourceFile)].filter((name) => !files.some((file) => `/${file}`.endsWith(posix.join("/", name))))
  return missing.map((name) => `${page}: no file or folder is called ${name}`)
}

function brokenLinks(root: string, page: string, text: string): string[] {
  return [...text.matchAll(link)].flatMap(([, path, hash = ""]) => {
    const target = path === "" ? page : posix.join(dirname(page), path)
    if (!existsSync(join(root, target))) return [`${page}: the link to ${path} leads nowhere`]
    if (hash === "" || !target.endsWith(".md")) return []
    const anchors = anchorsOf(readFileSync(join(root, target), "utf8"))
    return anchors.has(hash) ? [] : [`${page}: ${target} has no heading for ${hash}`]
  })
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...page.replace(fence, "").matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading)
  return new Set(
    headings.map(
      (heading) =>
        `#${heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, "")
          .replaceAll(" ", "-")}`,
    ),
  )
}
