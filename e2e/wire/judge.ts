import { AssertionError } from "node:assert"
import { inspect } from "node:util"
import { runCase } from "./run-case.ts"
import type { Lab } from "./scene.ts"
import type { WireCase } from "./wire-case.ts"
import { titleOf } from "./wire-case.ts"
import { variantsOf } from "./variant.ts"

/** The result of a case at one target. */
export interface Judged {
  readonly id: string
  readonly title: string
  readonly outcome: "pass" | "fail" | "n/a"
  /** A short description of the first variant that failed, or else of the last variant. */
  readonly seen: string
}

/** Runs all variants of a case at the same time. */
export async function judge(lab: Lab, wireCase: WireCase): Promise<Judged> {
  const { id, title, needs } = wireCase
  if (needs !== undefined && lab.target.lacks.includes(needs))
    return { id, title, outcome: "n/a", seen: `not claimed: ${needs}` }
  const variants = variantsOf(wireCase.span)
  const outcomes = await Promise.all(variants.map((variant) => runCase(lab, wireCase, variant)))
  const failed = outcomes.flatMap(({ error, seen }, i) =>
    error === null ? [] : [{ error, seen, variant: variants[i] }],
  )
  const [first] = failed
  if (first === undefined) return { id, title, outcome: "pass", seen: outcomes.at(-1)?.seen ?? "" }
  const share = failed.length === variants.length ? "" : `${failed.length} of ${variants.length} variants: `
  const where = share === "" ? "" : ` ${titleOf(wireCase, first.variant).slice(id.length + title.length + 2)}`
  const words = [first.seen, reasonOf(first.error)].filter((text) => text !== "")
  return { id, title, outcome: "fail", seen: `${share}${words.join("; ")}${where}` }
}

/** The first line of an error. For an error of node:assert without a message: the compared values. */
function reasonOf(error: Error): string {
  const [line] = error.message.split("\n")
  if (!(error instanceof AssertionError) || !error.generatedMessage) return line
  const { actual, expected, operator } = error
  if (operator.startsWith("not")) return `${short(actual)}, which is wrong`
  if (operator === "doesNotMatch") return `${short(actual)} matches ${String(expected)}`
  return `${short(actual)} in place of ${short(expected)}`
}

function short(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 1 }).slice(0, 80)
}
