import { Link } from "@tanstack/react-router"

import { ownServer } from "../api/own-server.ts"
import { EmptyState } from "../ui/empty-state.tsx"
import type { IconName } from "../ui/icon.tsx"
import { PageHead } from "../ui/page-head.tsx"

interface NeedsDemoProps {
  readonly title: string
  readonly icon: IconName
}

/** Replaces a page that needs the demo's own services, while the bridge calls the user's server. */
export function NeedsDemo({ title, icon }: NeedsDemoProps) {
  return (
    <>
      <PageHead title={title} about="A page of the demo." />
      <section className="card" aria-label="Needs the demo">
        <EmptyState icon={icon} title="This page needs the demo’s own server">
          <p>
            The bridge calls your server at {ownServer}, which does not have the services that this page shows. The{" "}
            <Link to="/explorer">Explorer</Link> calls every method of your server. To see this page, run{" "}
            <code>npm start</code> without <code>--upstream</code>.
          </p>
        </EmptyState>
      </section>
    </>
  )
}
