/** One line of numbers: a metric's name, its labels, its value. */
export interface MetricSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/
const labelPair = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/y

/**
 * Reads Prometheus' text exposition format 0.0.4: every sample in its order; comments, types and timestamps are left out.
 *
 * @throws Error with the line's number and text when a line is none of that format.
 */
export function parsePrometheusText(text: string): MetricSample[] {
  return text.split("\n").flatMap((line, index) => {
    const content = line.trim()
    if (content === "" || content.startsWith("#")) return []
    const sample = parseSample(content)
    if (sample === null) throw new Error(`line ${index + 1} is no sample of a metric: ${content.slice(0, 200)}`)
    return [sample]
  })
}

function parseSample(line: string): MetricSample | null {
  const [, name, labelText = "", valueText = ""] = sampleLine.exec(line) ?? []
  if (name === undefined) return null
  const labels = parseLabels(labelText)
  const value = parseValue(valueText)
  return labels === null || value === null ? null : { name, labels, value }
}

function parseLabels(text: string): Record<string, string> | null {
  // Without a prototype: a label may have any name.
  const labels = Object.create(null) as Record<string, string>
  labelPair.lastIndex = 0
  while (labelPair.lastIndex < text.length) {
    const [, name, value] = labelPair.exec(text) ?? []
    if (name === undefined || value === undefined) return null
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped))
  }
  return labels
}

/** Go's ParseFloat, as the format says: its infinities have names of their own. */
function parseValue(text: string): number | null {
  const infinity = /^([+-]?)inf$/i.exec(text)
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return NaN
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null
}
