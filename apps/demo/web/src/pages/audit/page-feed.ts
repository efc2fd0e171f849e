import { watchAudit } from "../../api/audit.ts"
import { type AuditFeed, createAuditFeed } from "./audit-feed.ts"

/** The feed of this page. It outlives the view: who comes back finds the list, and what happened in the meantime. */
export const pageFeed: AuditFeed = createAuditFeed({
  watch: watchAudit,
  schedule: (work) => requestAnimationFrame(work),
})
