import type { Latency } from "./rates.ts"

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 })

/** A count: `12,345`. */
export function countWords(count: bigint | number): string {
  return whole.format(count)
}

/** A rate: with one digit after the point while it is small. */
export function rateWords(perSecond: number): string {
  return perSecond < 10 ? fine.format(perSecond) : whole.format(perSecond)
}

/** Bytes by the powers of 1024 that memory and buffers come in. */
export function byteWords(bytes: bigint | number): string {
  let value = Number(bytes)
  for (const unit of ["B", "KiB", "MiB"]) {
    if (value < 1024) return `${value < 10 ? fine.format(value) : whole.format(value)} ${unit}`
    value /= 1024
  }
  return `${fine.format(value)} GiB`
}

/** Milliseconds: `0.4 ms`, `25 ms`, `1.2 s`. */
export function durationWords(ms: number): string {
  if (ms < 10) return `${fine.format(ms)} ms`
  return ms < 1_000 ? `${whole.format(ms)} ms` : `${fine.format(ms / 1_000)} s`
}

/** One quantile of a latency: histograms know only bounds. */
export function latencyWords(ms: Latency["p50Ms"]): string {
  if (ms === null) return "–"
  return ms === Infinity ? "> 10 s" : `≤ ${durationWords(ms)}`
}

/** How long a process runs: `12 s`, `5 min`, `3 h 20 min`. */
export function uptimeWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
