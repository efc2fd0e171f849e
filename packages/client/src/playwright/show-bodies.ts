/** Which requests are answered by a mock. */
export interface MockedPaths {
  readonly baseUrl: string
  /** The full name of the service. */
  readonly service: string
}

/** Carries the body of a mocked request, in base64. */
export const bodyHeader = "x-mock-body"

/**
 * Runs in the page, before its own scripts: copies the bodies of mocked requests into a header. Playwright 1.64 shows a route
 * no body in a Firefox that it drives by WebDriver BiDi (channel moz-firefox); this may go when it does.
 */
export function showBodies({ baseUrl, service }: MockedPaths): void {
  const { fetch } = globalThis
  globalThis.fetch = (target, init) => {
    const { href, pathname } = new URL(target instanceof Request ? target.url : target, location.href)
    const isMocked = href.startsWith(baseUrl) && pathname.includes(`/${service}/`)
    const body = init?.body
    if (!isMocked || !(body instanceof Uint8Array)) return fetch(target, init)
    const headers = new Headers(init?.headers)
    const latin1 = Array.from(body, (byte) => String.fromCharCode(byte)).join("")
    // The name stands here again: this function is sent to the page as its text.
    headers.set("x-mock-body", btoa(latin1))
    return fetch(target, { ...init, headers })
  }
}
