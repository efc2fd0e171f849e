import { lazy, Suspense, useState } from "react"

import { Resizer } from "../ui/resizer.tsx"
import "./calls-drawer.css"

const CallsPanel = lazy(async () => ({ default: (await import("../pages/calls/calls-panel.tsx")).CallsPanel }))

/** The list of calls, in a drawer above the status bar of any page. The user sets its height. */
export function CallsDrawer() {
  const [heightPx, setHeightPx] = useState(320)
  return (
    <section className="calls-drawer" aria-label="Calls of this page" style={{ height: heightPx }}>
      <Resizer label="Height of the calls" valuePx={heightPx} minPx={160} maxPx={720} onResize={setHeightPx} />
      <Suspense>
        <CallsPanel />
      </Suspense>
    </section>
  )
}
