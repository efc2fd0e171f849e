import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { root } from "../../tools/checks/exec.ts"

/**
 * One table of docs/interop.md, as a run writes it: `.cache/interop/<name>.json` or `.cache/wire/<name>.json`.
 * write-document.ts makes the page of these files.
 */
export interface Matrix {
  /** The section's heading. Sections stand in the order of their file names. */
  readonly heading: string
  /** Markdown between the heading and the table: what was run, and by which command. */
  readonly about: string
  /** What a row is: the head of the first column. */
  readonly rowsAre: string
  /** Heads of the other columns. */
  readonly columns: readonly string[]
  readonly rows: readonly MatrixRow[]
}

/** One line of a table. */
export interface MatrixRow {
  /** Markdown. */
  readonly name: string
  /** One for each column; null leaves the place empty, for what does not apply. */
  readonly cells: readonly (MatrixCell | null)[]
}

/** What came of one thing. All but a plain pass has its reason, a footnote. */
export type MatrixCell =
  | { readonly kind: "pass" }
  /** Not what was expected. */
  | { readonly kind: "fail"; readonly reason: string }
  /** What the other side cannot do, seen to be so. */
  | { readonly kind: "limit"; readonly reason: string }
  /** Did not run. */
  | { readonly kind: "skip"; readonly reason: string }
  /** A word or a figure instead of a verdict, such as a status. */
  | { readonly kind: "text"; readonly text: string; readonly reason?: string }

/** Puts a table where write-document.ts finds it; `name` is `interop/clients`, say, and decides the place in the page. */
export async function saveMatrix(name: string, matrix: Matrix): Promise<void> {
  const file = join(root, ".cache", `${name}.json`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(matrix, null, 1)}\n`)
}
