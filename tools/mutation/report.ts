/** The part of Stryker's JSON report that is read here (mutation-testing-report-schema, version 2). */
export interface MutationReport {
  readonly files: Readonly<Record<string, MutatedFile>>
}

interface MutatedFile {
  readonly source: string
  readonly mutants: readonly Mutant[]
}

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: "Killed" | "Timeout" | "Survived" | "NoCoverage" | "CompileError" | "RuntimeError" | "Ignored"
  readonly location: { readonly start: Position; readonly end: Position }
}

/** Both count from 1. */
interface Position {
  readonly line: number
  readonly column: number
}

interface Score {
  readonly path: string
  readonly noticed: number
  readonly survivors: readonly Mutant[]
}

const maxShown = 60

/** The table and the list of survivors, for a terminal. */
export function textOf(report: MutationReport): string {
  const lines = scores(report).flatMap((score) => [
    `${score.path}  ${percent(score)}  ${score.noticed} noticed, ${score.survivors.length} survived`,
    ...score.survivors.map((mutant) => `    ${survivorOf(report.files[score.path], mutant)}`),
  ])
  return [...lines, "", `${percent(total(report))} of all changes were noticed`].join("\n")
}

/** The page docs/mutation.md. */
export function documentOf(report: MutationReport): string {
  const all = total(report)
  const rows = scores(report).map(
    (score) => `| \`${score.path}\` | ${score.noticed} | ${score.survivors.length} | ${percent(score)} |`,
  )
  const survivors = scores(report)
    .filter((score) => score.survivors.length > 0)
    .flatMap((score) => [
      `### ${score.path}`,
      "",
      ...score.survivors.map((mutant) => `- ${survivorOf(report.files[score.path], mutant)}`),
      "",
    ])
  return [
    "# Mutation tests",
    "",
    "`npm run mutate -- --write` makes this page. It changes the sources one small piece at a time with Stryker, and runs the tests",
    "that cover the piece. A change that fails a test was noticed; one that fails none survived. A survivor is a missing test, or a",
    "change that makes no difference: a faster path that gives an equal result, a buffer of another size, the text of a message.",
    "Only the tests beside the sources run here; integration tests over real sockets would notice more. Numbers and lines are those of",
    "the last run, so they may differ from the sources as they are now.",
    "",
    "| file | noticed | survived | score |",
    "|---|--:|--:|--:|",
    ...rows,
    `| all | ${all.noticed} | ${all.survivors.length} | ${percent(all)} |`,
    "",
    "## Survivors",
    "",
    ...survivors,
  ]
    .join("\n")
    .trimEnd()
    .concat("\n")
}

function scores({ files }: MutationReport): Score[] {
  return Object.entries(files)
    .map(([path, { mutants }]) => ({
      path,
      noticed: mutants.filter(({ status }) => status === "Killed" || status === "Timeout").length,
      survivors: mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage"),
    }))
    .filter(({ noticed, survivors }) => noticed + survivors.length > 0)
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function total(report: MutationReport): Score {
  const all = scores(report)
  return {
    path: "all",
    noticed: all.reduce((sum, { noticed }) => sum + noticed, 0),
    survivors: all.flatMap(({ survivors }) => survivors),
  }
}

function percent({ noticed, survivors }: Score): string {
  return `${((100 * noticed) / (noticed + survivors.length)).toFixed(1)} %`
}

/** Line, the code as it is and as it was changed. */
function survivorOf({ source }: MutatedFile, { location, mutatorName, replacement, status }: Mutant): string {
  const { start, end } = location
  const lines = source.split("\n").slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines[lines.length - 1].slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  const change = `${quote(lines.join(" "))} → ${quote(replacement ?? mutatorName)}`
  return `line ${start.line}: ${change}${status === "NoCoverage" ? " (no test runs it)" : ""}`
}

function quote(code: string): string {
  const short = code.replace(/\s+/g, " ")
  const shown = short.length > maxShown ? `${short.slice(0, maxShown)}…` : short
  return shown.includes("`") ? `\`\` ${shown} \`\`` : `\`${shown}\``
}
