import type { VersionAnswer } from "../../api/versions.ts"

/** The answers to a row of calls, counted. */
export interface VersionTally {
  /** Versions that answered, by name, in order. */
  readonly answered: readonly { readonly by: string; readonly count: number }[]
  /** Failures of one kind, the most frequent first. */
  readonly failed: readonly { readonly title: string; readonly labels: readonly string[]; readonly count: number }[]
}

/** Counts answers by version, and failures by their words. */
export function tallyOf(answers: readonly VersionAnswer[]): VersionTally {
  const answered = Map.groupBy(
    answers.filter((answer) => answer.kind === "answered"),
    ({ by }) => by,
  )
  const failed = Map.groupBy(
    answers.filter((answer) => answer.kind === "failed"),
    ({ title, labels }) => JSON.stringify([title, labels]),
  )
  return {
    answered: [...answered].map(([by, { length: count }]) => ({ by, count })).sort((a, b) => (a.by < b.by ? -1 : 1)),
    failed: [...failed.values()]
      .flatMap((alike) => alike.slice(0, 1).map(({ title, labels }) => ({ title, labels, count: alike.length })))
      .sort((a, b) => b.count - a.count),
  }
}

/** The tally in a sentence: `16 answered by v1, 3 by v2, 1 failed.` */
export function tallyWords({ answered, failed }: VersionTally): string {
  const [first, ...others] = answered
  const failures = failed.reduce((sum, { count }) => sum + count, 0)
  const words = [
    ...(first === undefined ? [] : [`${first.count} answered by ${first.by}`]),
    ...others.map(({ by, count }) => `${count} by ${by}`),
    ...(failures === 0 ? [] : [`${failures} failed`]),
  ]
  return words.length === 0 ? "" : `${words.join(", ")}.`
}
