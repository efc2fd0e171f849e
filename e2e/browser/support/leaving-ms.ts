/**
 * The time limit for the bridge to learn that a page has left a call whose answer had begun, in milliseconds. It is far
 * above the time on a slow machine, and below every timer that would end the call otherwise.
 *
 * Over HTTP/1.1 Chromium can be up to five seconds late. After a cancel while its network process is not reading, it
 * reads on for that time, because a finished body would make the connection reusable (its
 * net/http/http_response_body_drainer.h).
 */
export const leavingMs = 20_000
