import { ownServer } from "../../api/own-server.ts"
import { PageHead } from "../../ui/page-head.tsx"
import { CallCharts } from "./call-charts.tsx"
import { CallsPanel } from "./calls-panel.tsx"
import { SendCalls } from "./send-calls.tsx"

/** Shows the traffic between this page and the bridge, decoded as gRPC. */
export function CallsPage() {
  return (
    <>
      <PageHead title="Calls" about="Every call that this page makes, decoded, as it happens.">
        {ownServer === null && <SendCalls />}
      </PageHead>
      <CallCharts />
      <section className="card" aria-label="Calls of this page">
        <CallsPanel />
      </section>
    </>
  )
}
