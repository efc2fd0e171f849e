import { test } from "@playwright/test"

/**
 * How soon the bridge must have learned that a page has left a call whose answer had begun, in milliseconds.
 *
 * Chromium tells it up to five seconds late over HTTP/1.1: a cancel that comes while its network process reads nothing makes
 * it read on for so long, in the hope of an end and a connection to use again (its net/http/http_response_body_drainer.h).
 */
export function leavingMs(): number {
  return test.info().project.name === "chromium-h1" ? 7_000 : 1_000
}
