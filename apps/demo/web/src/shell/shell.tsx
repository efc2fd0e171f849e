import { Outlet, useLocation } from "@tanstack/react-router"
import { useEffect, useRef } from "react"

import { pages } from "../pages.ts"
import { Dock } from "./dock.tsx"
import { Sidebar } from "./sidebar.tsx"
import { SkipLink } from "./skip-link.tsx"
import "./shell.css"

/** The frame of every page: navigation, content, and the line with the last call. */
export function Shell() {
  const path = useLocation({ select: ({ pathname }) => pathname })
  const title = pages.find((page) => page.path === path)?.label ?? "Not found"
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)

  useEffect(() => {
    document.title = `${title} · Causeway console`
    if (shown.current === path) return
    shown.current = path
    // Focus moves to the content. So the Tab key reaches the first control of the content next.
    main.current?.focus()
    window.scrollTo(0, 0)
  }, [path, title])

  return (
    <div className="shell">
      <SkipLink target={main} />
      <Sidebar path={path} />
      <main ref={main} id="content" tabIndex={-1} aria-label={title}>
        <Outlet />
      </main>
      <Dock hasDrawer={path !== "/calls"} />
    </div>
  )
}
