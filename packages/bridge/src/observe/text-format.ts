/** Labels in Prometheus' text format, without the braces. */
export function formatLabels(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escapeLabel(values[i] ?? "")}"`).join(",")
}

const escaped = /[\\\n"]/

function escapeLabel(value: string): string {
  if (!escaped.test(value)) return value // a scrape of a large fleet has 50,000 labels
  return value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"')
}

/** A help text in Prometheus' text format. */
export function escapeHelp(help: string): string {
  return help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")
}

/** A value in Prometheus' text format. */
export function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf"
  return value === -Infinity ? "-Inf" : String(value)
}
