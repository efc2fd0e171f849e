import { test } from "@playwright/test"

/**
 * The time within which the bridge must learn that a page has left a call whose answer had begun, in milliseconds.
 *
 * Over HTTP/1.1 Chromium can be up to five seconds late. After a cancel while its network process is not reading, it
 * reads on for that time, because a finished body would make the connection reusable (its
 * net/http/http_response_body_drainer.h).
 */
export function leavingMs(): number {
  return test.info().project.name === "chromium-h1" ? 7_000 : 1_000
}
