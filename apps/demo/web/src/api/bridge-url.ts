/** The bridge of this page. */
export const bridgeUrl: string = readBridgeUrl(document)

/**
 * Where this page finds the bridge: what `<meta name="bridge-url">` says. `:8080` there means that port of the host which the
 * page came from.
 *
 * @throws Error when the page has no such tag.
 */
function readBridgeUrl(page: Document): string {
  const content = page.querySelector<HTMLMetaElement>('meta[name="bridge-url"]')?.content ?? ""
  if (content === "") throw new Error('The page does not say where the bridge is: <meta name="bridge-url"> is missing.')
  const { protocol, hostname } = page.location
  return content.startsWith(":") ? `${protocol}//${hostname}${content}` : content
}
