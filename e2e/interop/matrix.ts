import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { root } from "../../tools/checks/exec.ts"

/**
 * One table of docs/interop.md. A run stores it as `.cache/interop/<name>.json` or `.cache/wire/<name>.json`.
 * write-document.ts makes the page from these files.
 */
export interface Matrix {
  /** The section's heading. Sections stand in the order of their file names. */
  readonly heading: string
  /** Markdown between the heading and the table. It describes the run and its command. */
  readonly about: string
  /** The head of the first column. It names the kind of row. */
  readonly rowsAre: string
  /** The heads of the other columns. */
  readonly columns: readonly string[]
  readonly rows: readonly MatrixRow[]
}

/** One line of a table. */
export interface MatrixRow {
  /** Markdown. */
  readonly name: string
  /** One cell for each column. Null leaves a cell empty because it does not apply. */
  readonly cells: readonly (MatrixCell | null)[]
}

/** One result. Every result except a pass has a reason, which becomes a footnote. */
export type MatrixCell =
  | { readonly kind: "pass" }
  /** The result differs from the expectation. */
  | { readonly kind: "fail"; readonly reason: string }
  /** A verified limit of the other side. */
  | { readonly kind: "limit"; readonly reason: string }
  /** The case did not run. */
  | { readonly kind: "skip"; readonly reason: string }
  /** A word or a figure instead of a verdict, such as a status. */
  | { readonly kind: "text"; readonly text: string; readonly reason?: string }

/** Stores a table for write-document.ts. `name`, such as `interop/clients`, decides its place in the page. */
export async function saveMatrix(name: string, matrix: Matrix): Promise<void> {
  const file = join(root, ".cache", `${name}.json`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(matrix, null, 1)}\n`)
}
