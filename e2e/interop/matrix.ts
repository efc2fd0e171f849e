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

/** One result. Every result except a pass has a reason, which becomes a footnote. */
export type MatrixCell =
  | { readonly kind: "pass" }
  /** Not what was expected. */
  | { readonly kind: "fail"; readonly reason: string }
  /** A verified limit of the other side. */
  | { readonly kind: "limit"; readonly reason: string }
  /** Did not run. */
  | { readonly kind: "skip"; readonly reason: string }
  /** A word or a figure instead of a verdict, such as a status. */
  | { readonly kind: "text"; readonly text: string; readonly reason?: string }

/** Stores a table for write-document.ts. `name`, such as `interop/clients`, decides its place in the page. */
export async function saveMatrix(name: string, matrix: Matrix): Promise<void> {
  const file = join(root, ".cache", `${name}.json`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(matrix, null, 1)}\n`)
}
