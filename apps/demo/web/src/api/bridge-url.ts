/** The bridge of this page. */
export const bridgeUrl: string = readBridgeUrl(document)

/** A URL that may be `:8080` for that port of the host which this page came from. */
export function resolveUrl(url: string): string {
  const { protocol, hostname } = window.location
  return url.startsWith(":") ? `${protocol}//${hostname}${url}` : url
}

/**
 * The address of the bridge, from `<meta name="bridge-url">`.
 *
 * @throws Error when the page has no such tag.
 */
function readBridgeUrl(page: Document): string {
  const content = page.querySelector<HTMLMetaElement>('meta[name="bridge-url"]')?.content ?? ""
  if (content === "") throw new Error('The page does not say where the bridge is: <meta name="bridge-url"> is missing.')
  return resolveUrl(content)
}
