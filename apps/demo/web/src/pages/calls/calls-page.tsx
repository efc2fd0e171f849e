import { CallCharts } from "./call-charts.tsx"
import { CallsPanel } from "./calls-panel.tsx"
import { SendCalls } from "./send-calls.tsx"

/** What goes between this page and the bridge, as the tools of a browser would show it if they knew gRPC. */
export function CallsPage() {
  return (
    <>
      <div className="view-head">
        <h1>Calls</h1>
        <p className="view-about">Every call that this page makes, decoded, as it happens.</p>
        <SendCalls />
      </div>
      <CallCharts />
      <section className="card" aria-label="Calls of this page">
        <CallsPanel />
      </section>
    </>
  )
}
