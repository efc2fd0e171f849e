import type { Result } from "./evaluate.ts"

const [width, labelWidth, barHeight, gap, headHeight] = [760, 270, 13, 12, 30]
const colors = ["#8a8f98", "#b8bcc4", "#5b9bd5", "#d9822b", "#2f9e5b", "#a569bd", "#c0392b", "#16a085", "#34495e"]

/** A bar chart of the ratios, as SVG: one group of bars for each workload, one bar for each subject. */
export function plotRatios(results: readonly Result[]): string {
  const shown = results.filter(({ subjects }) => subjects.length > 1)
  const names = [...new Set(shown.flatMap(({ subjects }) => subjects.map(({ name }) => name)))]
  const most = Math.max(...shown.flatMap(({ subjects }) => subjects.map(({ ratio }) => ratio.median)), 1)
  const scale = (width - labelWidth - 60) / most
  const color = (name: string): string => colors[names.indexOf(name) % colors.length]
  let y = headHeight
  const groups = shown.map(({ name, subjects }) => {
    const top = y
    const bars = subjects.map(({ name: subject, ratio }) => {
      const bar = `<rect x="${labelWidth}" y="${y}" width="${(ratio.median * scale).toFixed(1)}" height="${barHeight - 2}" fill="${color(subject)}"/>`
      const end = (labelWidth + ratio.median * scale + 4).toFixed(1)
      const figure = `<text x="${end}" y="${y + barHeight - 3}">${ratio.median.toFixed(2)}</text>`
      y += barHeight
      return bar + figure
    })
    y += gap
    return `<text x="${labelWidth - 8}" y="${top + barHeight - 3}" text-anchor="end">${name}</text>${bars.join("")}`
  })
  const legend = names.map((name, i) => {
    const x = 8 + i * 105
    return `<rect x="${x}" y="8" width="10" height="10" fill="${color(name)}"/><text x="${x + 14}" y="17">${name}</text>`
  })
  const one = labelWidth + scale
  const line = `<line x1="${one}" x2="${one}" y1="${headHeight - 4}" y2="${y}" stroke="#444" stroke-dasharray="3 3"/>`
  const start = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" font-family="sans-serif" font-size="10">`
  const background = `<rect width="${width}" height="${y}" fill="#fff"/>`
  return `${[start, background, ...legend, ...groups, line].join("\n")}\n</svg>\n`
}
