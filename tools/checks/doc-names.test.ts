import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { brokenDocNames, filesOf } from "./doc-names.ts"
import { root } from "./exec.ts"

/** The findings in a folder with these files. */
function findingsIn(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "causeway-doc-names-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return brokenDocNames(folder, Object.keys(files))
}

describe("The docs", () => {
  it("name only files that exist, and link only to pages and headings that exist", () => {
    expect(brokenDocNames(root, filesOf(root))).toEqual([])
  })

  it("are refused if they name a file that does not exist", () => {
    const page = "`core/call.ts` and `call.ts` are there, `core/gone.ts` is not.\n\n```\n`also-gone.ts`\n```\n"
    expect(findingsIn({ "docs/a.md": page, "src/core/call.ts": "" })).toEqual([
      "docs/a.md: no file or folder is called core/gone.ts",
    ])
  })

  it("are refused if the life of a call names a file by anything but its whole path", () => {
    const page = "`core/call.ts`, `call.ts`, `core/`, `edge/`"
    expect(findingsIn({ "docs/life-of-a-call.md": page, "packages/bridge/src/core/call.ts": "" })).toEqual([
      "docs/life-of-a-call.md: no file or folder is called call.ts",
      "docs/life-of-a-call.md: no file or folder is called edge/",
    ])
  })

  it("are refused if a link leads to no page or to no heading", () => {
    const page =
      "# A page\n\n[one](#a-page) [two](b.md#the-end-of-it) [three](b.md#gone) [four](gone.md) [five](https://example.com)"
    expect(findingsIn({ "docs/a.md": page, "docs/b.md": "## The end, of `it`\n" })).toEqual([
      "docs/a.md: docs/b.md has no heading for #gone",
      "docs/a.md: the link to gone.md leads nowhere",
    ])
  })
})
