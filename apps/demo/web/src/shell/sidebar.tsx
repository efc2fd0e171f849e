import { Link } from "@tanstack/react-router"

import { home, pages } from "../pages.ts"
import { Icon } from "../ui/icon.tsx"
import { ThemeChoice } from "./theme-choice.tsx"
import "./sidebar.css"

/** Name, the way to each page, and the choice of colours. On a narrow screen it is a bar on top. */
export function Sidebar({ path }: { readonly path: string }) {
  return (
    <header className="sidebar">
      <Link className="brand" to={home.path}>
        <img src="/favicon.svg" alt="" width="26" height="26" />
        <span>
          Causeway <span className="brand-part">console</span>
        </span>
      </Link>
      <nav className="nav" aria-label="Pages">
        {pages.map((page) => (
          <Link key={page.path} to={page.path} aria-current={page.path === path ? "page" : undefined}>
            <Icon name={page.icon} />
            {page.label}
          </Link>
        ))}
      </nav>
      <ThemeChoice />
    </header>
  )
}
