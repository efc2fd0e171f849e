import { bridgeUrl } from "./bridge-url.ts"
import type { Place } from "./problem-words.ts"

/** This page, for the words of its problems. */
export const place: Place = { bridgeUrl, origin: window.location.origin }
