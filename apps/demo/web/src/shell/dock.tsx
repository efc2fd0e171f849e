import { useState } from "react"

import { CallsDrawer } from "./calls-drawer.tsx"
import { StatusBar } from "./status-bar.tsx"

/**
 * The foot of every page: the status bar, and above it the drawer with the calls, unless the page lists them itself.
 */
export function Dock({ hasDrawer }: { readonly hasDrawer: boolean }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <footer className="dock" aria-label="Calls and connection">
      {hasDrawer && isOpen && <CallsDrawer />}
      <StatusBar isDrawerOpen={hasDrawer ? isOpen : null} onToggleDrawer={() => setIsOpen(!isOpen)} />
    </footer>
  )
}
