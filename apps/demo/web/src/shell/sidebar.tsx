import { Link } from "@tanstack/react-router"
import { useLayoutEffect, useRef } from "react"

import { home, pages } from "../pages.ts"
import { Icon } from "../ui/icon.tsx"
import { ThemeChoice } from "./theme-choice.tsx"
import "./sidebar.css"

/** The product's name, links to the pages, and the choice of theme. On a narrow screen it is a bar at the top. */
export function Sidebar({ path }: { readonly path: string }) {
  const nav = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    // scrollIntoView would also scroll the page.
    const current = nav.current?.querySelector('[aria-current="page"]')
    if (!nav.current || !current) return
    const [frame, link] = [nav.current.getBoundingClientRect(), current.getBoundingClientRect()]
    nav.current.scrollLeft += link.left + link.width / 2 - (frame.left + frame.width / 2)
  }, [path])
  return (
    <header className="sidebar">
      <Link className="brand" to={home.path}>
        <img src="/favicon.svg" alt="" width="26" height="26" />
        <span>
          Causeway <span className="brand-part">console</span>
        </span>
      </Link>
      <nav ref={nav} className="nav" aria-label="Pages">
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
