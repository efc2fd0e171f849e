import { formatLabels } from "./text-format.ts"

/** Label values, in the order of the family's label names. */
export type LabelValues = readonly string[]

/** The metrics of one name. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "gauge" | "histogram"
  write(lines: string[]): void
  remove?(values: LabelValues): void
  retain?(labelName: string, isKept: (value: string) => boolean): void
  labelValues?(labelName: string): readonly string[]
}

/** The fixed part of a family. */
export interface FamilyHead {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "histogram"
  readonly labelNames: readonly string[]
}

/** Writes one member's lines. `labels` has no braces. */
type Write<T> = (lines: string[], labels: string, member: T, name: string) => void

/** Metrics of one name with different labels, created at their first use. */
export class LabelledFamily<T> implements Family {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "histogram"
  readonly #labelNames: readonly string[]
  readonly #create: () => T
  readonly #write: Write<T>
  /** By their formatted labels. */
  readonly #members = new Map<string, { readonly values: LabelValues; readonly member: T }>()

  constructor({ name, help, type, labelNames }: FamilyHead, create: () => T, write: Write<T>) {
    this.name = name
    this.help = help
    this.type = type
    this.#labelNames = labelNames
    this.#create = create
    this.#write = write
  }

  /** The member with these labels, the same one each time. */
  with(values: LabelValues): T {
    const labels = formatLabels(this.#labelNames, values)
    let known = this.#members.get(labels)
    if (known === undefined) {
      known = { values, member: this.#create() }
      this.#members.set(labels, known)
    }
    return known.member
  }

  remove(values: LabelValues): void {
    this.#members.delete(formatLabels(this.#labelNames, values))
  }

  /** Removes the members whose label of this name has a value that is not kept. */
  retain(labelName: string, isKept: (value: string) => boolean): void {
    const index = this.#labelNames.indexOf(labelName)
    if (index < 0) return
    for (const [labels, { values }] of this.#members) if (!isKept(values[index] ?? "")) this.#members.delete(labels)
  }

  /** The values that the label of this name has. */
  labelValues(labelName: string): readonly string[] {
    const index = this.#labelNames.indexOf(labelName)
    return index < 0 ? [] : [...this.#members.values()].map(({ values }) => values[index] ?? "")
  }

  write(lines: string[]): void {
    for (const [labels, { member }] of this.#members) this.#write(lines, labels, member, this.name)
  }
}
