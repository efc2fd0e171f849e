import { useEffect, useRef } from "react"

import { AuditView } from "./audit/audit-view.tsx"
import { type Route, useRoute } from "./route.ts"
import { Header } from "./shell/header.tsx"
import { SkipLink } from "./shell/skip-link.tsx"
import { UsersView } from "./users/users-view.tsx"

const titles: Readonly<Record<Route, string>> = { users: "Users", audit: "Audit log" }

/** The whole page: header and the view that the address asks for. */
export function App() {
  const route = useRoute()
  const main = useRef<HTMLElement>(null)
  const shown = useRef(route)

  useEffect(() => {
    document.title = `${titles[route]} · Causeway console`
    if (shown.current === route) return
    shown.current = route
    // As after the load of a page: what follows in the order of focus is the view.
    main.current?.focus()
    window.scrollTo(0, 0)
  }, [route])

  return (
    <>
      <SkipLink target={main} />
      <Header route={route} />
      <main ref={main} tabIndex={-1} aria-label={titles[route]}>
        {route === "users" ? <UsersView /> : <AuditView />}
      </main>
    </>
  )
}
