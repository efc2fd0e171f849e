/** Which requests are answered by a mock. */
export interface MockedPaths {
  readonly baseUrl: string
  /** The full name of the service. */
  readonly service: string
}

/** Carries the body of a mocked request, in base64. */
export const bodyHeader = "x-mock-body"

/**
 * Runs in the page, before its own scripts: in Firefox it copies the bodies of mocked requests into a header. Playwright 1.64
 * shows a route no body in a Firefox that it drives by WebDriver BiDi (channel moz-firefox); this may go when it does. Other
 * browsers are left as they are.
 */
export function showBodies({ baseUrl, service }: MockedPaths): void {
  // Gecko's own, which a user agent that the test has changed does not hide.
  if (!("mozInnerScreenX" in globalThis)) return
  // All that is needed stands in here: this function is sent to the page as its text.
  const maxBytes = 1024 * 1024
  const { fetch } = globalThis
  globalThis.fetch = async (target, init) => {
    const { href, pathname } = new URL(target instanceof Request ? target.url : target, location.href)
    const isMocked = href.startsWith(baseUrl) && pathname.includes(`/${service}/`)
    const body = init?.body
    if (!isMocked || !(body instanceof Uint8Array)) return fetch(target, init)
    if (body.length > maxBytes) throw new TypeError(`mockGrpc sees no request above ${maxBytes} bytes in Firefox`)
    const headers = new Headers(init?.headers)
    const latin1 = Array.from(body, (byte) => String.fromCharCode(byte)).join("")
    headers.set("x-mock-body", btoa(latin1))
    return fetch(target, { ...init, headers })
  }
}
