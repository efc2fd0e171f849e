import { bridgeUrl } from "../api/bridge-url.ts"
import { CallIndicator } from "./call-indicator.tsx"
import "./status-bar.css"

/** The line at the foot of every page: the last call, and the bridge that all calls go to. */
export function StatusBar() {
  return (
    <footer className="status-bar" aria-label="Connection">
      <CallIndicator />
      <span className="status-address" title={`${bridgeUrl}: all numbers on this page come through this bridge`}>
        <span className="visually-hidden">Bridge: </span>
        {bridgeUrl}
      </span>
    </footer>
  )
}
