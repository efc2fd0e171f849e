import { bridgeUrl } from "../api/bridge-url.ts"
import { Button } from "../ui/button.tsx"
import { CallIndicator } from "./call-indicator.tsx"
import "./status-bar.css"

interface StatusBarProps {
  /** Null means that the page shows the calls itself and has no drawer. */
  readonly isDrawerOpen: boolean | null
  readonly onToggleDrawer: () => void
}

/** The line at the foot of every page: a button for the drawer, the last call, and the bridge's address. */
export function StatusBar({ isDrawerOpen, onToggleDrawer }: StatusBarProps) {
  return (
    <div className="status-bar">
      {isDrawerOpen !== null && (
        <Button look="quiet" icon="calls" aria-expanded={isDrawerOpen} onClick={onToggleDrawer}>
          {isDrawerOpen ? "Hide calls" : "Show calls"}
        </Button>
      )}
      <CallIndicator />
      <span className="status-address" title={`${bridgeUrl}: all numbers on this page come through this bridge`}>
        <span className="visually-hidden">Bridge: </span>
        {bridgeUrl}
      </span>
    </div>
  )
}
