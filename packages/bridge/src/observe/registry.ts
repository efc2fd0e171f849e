/** A counter or a gauge with fixed labels. A change is one addition. */
export interface Sample {
  value: number
}

/** Label values, in the order of the family's label names. */
export type LabelValues = readonly string[]

/** A number with the values of its labels. */
export type LabelledNumber = readonly [labels: LabelValues, value: number]

interface Family {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "gauge" | "histogram"
  write(lines: string[]): void
  remove?(values: LabelValues): void
}

/** The metrics of one bridge, in Prometheus' text exposition format 0.0.4. */
export class Registry {
  readonly #families = new Map<string, Family>()

  /** A counter without labels. */
  counter(name: string, help: string): Sample {
    return this.counters(name, help, [])([])
  }

  /** Counters with different labels. The returned function gives the counter for label values, the same one each time. */
  counters(name: string, help: string, labelNames: readonly string[]): (values: LabelValues) => Sample {
    const family = new SampleFamily(name, help, labelNames)
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
    this.#add({
      name,
      help,
      type: "gauge",
      write(lines) {
        for (const [values, value] of read())
          lines.push(`${name}{${formatLabels(labelNames, values)}} ${formatNumber(value)}`)
      },
    })
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
    const family = new HistogramFamily(name, help, labelNames, bounds)
    this.#add(family)
    return (values) => family.with(values)
  }

  /** Removes the counter or histogram with these labels from later scrapes. Its holder must no longer use it. */
  remove(name: string, values: LabelValues): void {
    this.#families.get(name)?.remove?.(values)
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

  #add(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`The metric ${family.name} exists already`)
    this.#families.set(family.name, family)
  }
}

/** Counts durations or sizes by bucket, with their sum. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]) bucket++
    this.#counts[bucket]++
    this.#sum += value
  }

  /** Adds the counts of another histogram with the same bounds. */
  add(other: Histogram): void {
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] += other.#counts[i]
    this.#sum += other.#sum
  }

  /** Buckets are cumulative: each counts every value up to its bound. */
  write(lines: string[], name: string, labels: string): void {
    let total = 0
    const comma = labels === "" ? "" : ","
    for (let i = 0; i < this.#counts.length; i++) {
      total += this.#counts[i]
      const bound = i < this.#bounds.length ? this.#bounds[i] : "+Inf"
      lines.push(`${name}_bucket{${labels}${comma}le="${bound}"} ${total}`)
    }
    const braces = labels === "" ? "" : `{${labels}}`
    lines.push(`${name}_sum${braces} ${this.#sum}`, `${name}_count${braces} ${total}`)
  }
}

class SampleFamily implements Family {
  readonly type = "counter"
  readonly name: string
  readonly help: string
  readonly #labelNames: readonly string[]
  readonly #samples = new Map<string, Sample>()

  constructor(name: string, help: string, labelNames: readonly string[]) {
    this.name = name
    this.help = help
    this.#labelNames = labelNames
  }

  with(values: LabelValues): Sample {
    return bind(this.#samples, formatLabels(this.#labelNames, values), () => ({ value: 0 }))
  }

  remove(values: LabelValues): void {
    this.#samples.delete(formatLabels(this.#labelNames, values))
  }

  write(lines: string[]): void {
    for (const [labels, { value }] of this.#samples) {
      lines.push(`${this.name}${labels === "" ? "" : `{${labels}}`} ${formatNumber(value)}`)
    }
  }
}

class HistogramFamily implements Family {
  readonly type = "histogram"
  readonly name: string
  readonly help: string
  readonly #labelNames: readonly string[]
  readonly #bounds: readonly number[]
  readonly #histograms = new Map<string, Histogram>()

  constructor(name: string, help: string, labelNames: readonly string[], bounds: readonly number[]) {
    this.name = name
    this.help = help
    this.#labelNames = labelNames
    this.#bounds = bounds
  }

  with(values: LabelValues): Histogram {
    return bind(this.#histograms, formatLabels(this.#labelNames, values), () => new Histogram(this.#bounds))
  }

  remove(values: LabelValues): void {
    this.#histograms.delete(formatLabels(this.#labelNames, values))
  }

  write(lines: string[]): void {
    for (const [labels, histogram] of this.#histograms) histogram.write(lines, this.name, labels)
  }
}

function bind<T>(known: Map<string, T>, labels: string, create: () => T): T {
  let member = known.get(labels)
  if (member === undefined) {
    member = create()
    known.set(labels, member)
  }
  return member
}

function formatLabels(names: readonly string[], values: LabelValues): string {
  return names.map((name, i) => `${name}="${escapeLabel(values[i] ?? "")}"`).join(",")
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"')
}

function escapeHelp(help: string): string {
  return help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")
}

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf"
  return value === -Infinity ? "-Inf" : String(value)
}
