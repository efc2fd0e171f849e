import { domainToASCII } from "node:url"

/** Origins that may call if none is configured: pages served by this machine, in every spelling of localhost. */
export const localOrigins: readonly string[] = ["http", "https"].flatMap((scheme) =>
  ["localhost", "*.localhost", "127.0.0.1", "[::1]"].map((host) => `${scheme}://${host}:*`),
)

/** Pattern of a web origin: lower case, as browsers write it. The first label may be `*` or contain one. */
const webForm =
  /^https?:\/\/(?:([a-z0-9-]*\*[a-z0-9-]*)\.)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::(?:\d{1,5}|\*))?$/
/**
 * Pattern of app shells and extensions: `capacitor://localhost`, `chrome-extension://id`, `app://.`. A `*` stands for the whole
 * host.
 */
const appForm = /^(?!https?:)[a-z][a-z0-9+.-]*:\/\/(?:\*|[\w.~-]*)(?::(?:\d{1,5}|\*))?$/

const expected =
  "expected scheme://host[:port] without a path, such as https://app.example, https://*.app.example, https://*-team.app.example, http://localhost:* or capacitor://localhost"

/** The problem with this allow-list entry, or null. */
export function originPatternProblem(pattern: string): string | null {
  if (pattern === "*" || pattern === "null" || appForm.test(pattern)) return null
  const match = webForm.exec(pattern)
  if (match === null) return `"${pattern}" is not an origin: ${expected}${hintOf(pattern)}`
  const suffix = openSuffix(match)
  return suffix === null
    ? null
    : `"${pattern}" allows every site under .${suffix}, and anyone can have one: expected a domain of your own after the *, such as https://*.app.example`
}

/** The domain after the wildcard, if anyone can have a site under it. */
function openSuffix([, wild, rest]: RegExpExecArray): string | null {
  if (wild === undefined || rest === "localhost") return null
  return !rest.slice(0, -1).includes(".") || rest.startsWith("[") ? rest : null
}

/**
 * A hint at the valid origin that a capital letter, a path, a missing scheme or a letter outside ASCII hides. Empty: there is
 * none.
 */
function hintOf(pattern: string): string {
  const bare = pattern.toLowerCase().replace(/^([a-z]+:\/\/[^/?#]+)[/?#].*$/, "$1")
  if (isWebOrigin(bare)) return `; browsers write ${bare}`
  const withScheme = /^https?:\/\//.test(bare) ? bare : `https://${bare}`
  if (isWebOrigin(withScheme)) return `; did you mean ${withScheme}?`
  const ascii = withAsciiHost(withScheme)
  return ascii !== null && isWebOrigin(ascii) ? `; browsers write ${ascii} (the name in ASCII, punycode)` : ""
}

function isWebOrigin(pattern: string): boolean {
  const match = webForm.exec(pattern)
  return match !== null && openSuffix(match) === null
}

/** The pattern with its host as browsers send it: `https://münchen.de` as `https://xn--mnchen-3ya.de` (UTS #46). */
function withAsciiHost(pattern: string): string | null {
  const [, scheme, host, port = ""] = /^(https?:\/\/)([^:@]+)(:(?:\d{1,5}|\*))?$/.exec(pattern) ?? []
  if (host === undefined) return null
  const labels = host.split(".").map((label) => (label.includes("*") ? label : domainToASCII(label)))
  return `${scheme}${labels.join(".")}${port}`
}

/** Domains under which anyone can have a site: the best known of the public suffix list (https://publicsuffix.org). */
const sharedDomains =
  "vercel.app netlify.app pages.dev workers.dev github.io gitlab.io web.app firebaseapp.com herokuapp.com onrender.com " +
  "fly.dev azurewebsites.net azurestaticapps.net cloudfront.net amplifyapp.com surge.sh ngrok.io ngrok-free.app " +
  "trycloudflare.com repl.co glitch.me blogspot.com co.uk org.uk com.au co.jp co.nz com.br co.in co.za com.cn com.tr"

/** A warning for the operator about this allow-list entry, or null. */
export function originPatternWarning(pattern: string): string | null {
  const [, wild, rest = ""] = webForm.exec(pattern) ?? []
  if (wild === undefined || !sharedDomains.split(" ").includes(rest)) return null
  return `--cors-origin ${pattern}: anyone can create a site with a matching name under ${rest}, and its pages may call too`
}
