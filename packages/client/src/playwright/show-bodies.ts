/** The requests that a mock answers. */
export interface MockedPaths {
  readonly baseUrl: string
  /** The full name of the service. */
  readonly service: string
}

/** The header that carries the body of a mocked request, in base64. */
export const bodyHeader = "x-mock-body"

/**
 * Runs in the page before the page's own scripts. In Firefox it copies the bodies of mocked requests into a header:
 * Playwright 1.64 gives a route no body when it drives Firefox by WebDriver BiDi (channel moz-firefox). Remove this
 * when Playwright does. Other browsers are left unchanged.
 */
export function showBodies({ baseUrl, service }: MockedPaths): void {
  // A property that only Gecko has. It identifies Firefox even if the test has changed the user agent.
  if (!("mozInnerScreenX" in globalThis)) return
  // This function is sent to the page as text, so it can use nothing from outside itself.
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
