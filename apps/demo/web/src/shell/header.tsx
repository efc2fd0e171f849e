import { bridgeUrl } from "../api/bridge-url.ts"
import type { Route } from "../route.ts"
import { CallIndicator } from "./call-indicator.tsx"
import "./header.css"

const links: readonly { readonly route: Route; readonly label: string }[] = [
  { route: "users", label: "Users" },
  { route: "audit", label: "Audit" },
]

/** Name, navigation, the bridge's address and the last call. */
export function Header({ route }: { readonly route: Route }) {
  return (
    <header className="header">
      <div className="header-inner">
        <a className="brand" href="#/users">
          <img src="/favicon.svg" alt="" width="26" height="26" />
          <span>
            Causeway <span className="brand-part">console</span>
          </span>
        </a>
        <nav className="nav" aria-label="Views">
          {links.map((link) => (
            <a key={link.route} href={`#/${link.route}`} aria-current={link.route === route ? "page" : undefined}>
              {link.label}
            </a>
          ))}
        </nav>
        <div className="wire" role="group" aria-label="Connection">
          <CallIndicator />
          <span className="wire-address" title={`${bridgeUrl}: all numbers on this page come through this bridge`}>
            <span className="visually-hidden">Bridge: </span>
            {bridgeUrl}
          </span>
        </div>
      </div>
    </header>
  )
}
