import { Histogram } from "./histogram.ts"
import type { Family, LabelValues } from "./labelled-family.ts"
import { LabelledFamily } from "./labelled-family.ts"
import { escapeHelp, formatLabels, formatNumber } from "./text-format.ts"

/** A counter or a gauge with fixed labels. A change is one addition. */
export interface Sample {
  value: number
}

/** A number with the values of its labels. */
export type LabelledNumber = readonly [labels: LabelValues, value: number]

/** The metrics of one bridge, in Prometheus' text exposition format 0.0.4. */
export class Registry {
  readonly #families = new Map<string, Family>()

  /** A counter without labels. */
  counter(name: string, help: string): Sample {
    return this.counters(name, help, [])([])
  }

  /** Counters with different labels. The returned function gives the counter for label values, the same one each time. */
  counters(name: string, help: string, labelNames: readonly string[]): (values: LabelValues) => Sample {
    const family = new LabelledFamily<Sample>(
      { name, help, type: "counter", labelNames },
      () => ({ value: 0 }),
      writeSample,
    )
    this.#add(family)
    return (values) => family.with(values)
  }

  /** A number that is read at each scrape. Its labels, if any, never change. */
  gauge(name: string, help: string, read: () => number, labels: Readonly<Record<string, string>> = {}): void {
    const formatted = formatLabels(Object.keys(labels), Object.values(labels))
    const sample = formatted === "" ? name : `${name}{${formatted}}`
    this.#add({ name, help, type: "gauge", write: (lines) => lines.push(`${sample} ${formatNumber(read())}`) })
  }

  /** Numbers with different labels that are read at each scrape. */
  gauges(name: string, help: string, labelNames: readonly string[], read: () => Iterable<LabelledNumber>): void {
    this.#addRead("gauge", name, help, labelNames, read)
  }

  /** Like `gauges`, for numbers that only grow and are counted elsewhere. */
  readCounters(name: string, help: string, labelNames: readonly string[], read: () => Iterable<LabelledNumber>): void {
    this.#addRead("counter", name, help, labelNames, read)
  }

  /** Like `gauge`, for a number that only grows and is counted elsewhere. */
  readCounter(name: string, help: string, read: () => number): void {
    this.#add({ name, help, type: "counter", write: (lines) => lines.push(`${name} ${formatNumber(read())}`) })
  }

  /** Histograms with different labels. `bounds`: the upper bounds of the buckets, ascending. */
  histograms(
    name: string,
    help: string,
    labelNames: readonly string[],
    bounds: readonly number[],
  ): (values: LabelValues) => Histogram {
    const family = new LabelledFamily<Histogram>(
      { name, help, type: "histogram", labelNames },
      () => new Histogram(bounds),
      (lines, labels, histogram) => histogram.write(lines, name, labels),
    )
    this.#add(family)
    return (values) => family.with(values)
  }

  /** Removes the counter or histogram with these labels from later scrapes. Its holder must no longer use it. */
  remove(name: string, values: LabelValues): void {
    this.#families.get(name)?.remove?.(values)
  }

  /**
   * Removes the counters and histograms whose label of this name has a value that is not kept. Nobody may hold one of them: it would
   * be counted nowhere.
   */
  retain(labelName: string, isKept: (value: string) => boolean): void {
    for (const family of this.#families.values()) family.retain?.(labelName, isKept)
  }

  /** The values that a label has in counters and histograms. */
  labelValues(labelName: string): ReadonlySet<string> {
    const values = [...this.#families.values()].flatMap((family) => family.labelValues?.(labelName) ?? [])
    return new Set(values)
  }

  /** All metrics as text. */
  expose(): string {
    const lines: string[] = []
    for (const family of this.#families.values()) {
      lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`, `# TYPE ${family.name} ${family.type}`)
      family.write(lines)
    }
    return `${lines.join("\n")}\n`
  }

  #addRead(
    type: "counter" | "gauge",
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Iterable<LabelledNumber>,
  ): void {
    this.#add({
      name,
      help,
      type,
      write(lines) {
        for (const [values, value] of read())
          lines.push(`${name}{${formatLabels(labelNames, values)}} ${formatNumber(value)}`)
      },
    })
  }

  #add(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`The metric ${family.name} exists already`)
    this.#families.set(family.name, family)
  }
}

function writeSample(lines: string[], labels: string, { value }: Sample, name: string): void {
  lines.push(`${name}${labels === "" ? "" : `{${labels}}`} ${formatNumber(value)}`)
}
