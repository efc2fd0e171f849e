import type { EndpointView } from "../../../../start/fleet-state.ts"
import { countWords, uptimeWords } from "./bridge-words.ts"

const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 })

/** A share from 0 to 1: `12.5 %`. */
export function percentWords(share: number): string {
  return percent.format(share).replace("%", "\u00a0%")
}

/** A count with its noun: `1 call`, `12 calls`. */
export function countedWords(count: number, noun: string): string {
  return `${countWords(count)} ${noun}${count === 1 ? "" : "s"}`
}

/** The condition of a route, in the bridge's words: `if x-version is "v2"`. */
export function matchWords(match: string): string {
  return match === "every call" ? "takes every call" : `if ${match}`
}

/** The bridge's reason as a sentence: `it fails` becomes `It fails.` */
export function sentence(words: string): string {
  if (words === "") return ""
  const end = /[.!?]$/.test(words) ? "" : "."
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${end}`
}

/** Connections by state, without the states that none is in: `1 open, 2 draining`. */
export function sessionWords(sessions: EndpointView["sessions"]): string {
  const words = (["open", "connecting", "draining"] as const).flatMap((state) =>
    sessions[state] === 0 ? [] : [`${countWords(sessions[state])} ${state}`],
  )
  return words.length === 0 ? "none" : words.join(", ")
}

/** A server that allows more streams than this sets no limit. */
const unlimitedFrom = 2 ** 31 - 1

/** Streams beside the limit that the server allows. */
export function streamWords(streams: number, limit: number): string {
  return limit === 0 || limit >= unlimitedFrom ? countWords(streams) : `${countWords(streams)} of ${countWords(limit)}`
}

/** How long the oldest connection has been open. */
export function ageWords(seconds: number | null): string {
  return seconds === null ? "–" : `for ${uptimeWords(seconds * 1_000)}`
}
