import { Link, useLocation } from "@tanstack/react-router"

import { home } from "../pages.ts"
import { EmptyState } from "../ui/empty-state.tsx"

/** Shown for an address without a page. */
export function NoSuchPage() {
  const path = useLocation({ select: ({ pathname }) => pathname })
  return (
    <>
      <h1>Not found</h1>
      <EmptyState icon="search" title="There is no such page">
        <p>
          Nothing is at <code>{path}</code>. <Link to={home.path}>Go to {home.label}</Link>.
        </p>
      </EmptyState>
    </>
  )
}
