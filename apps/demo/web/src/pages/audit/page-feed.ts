import { watchAudit } from "../../api/audit.ts"
import { type AuditFeed, createAuditFeed } from "./audit-feed.ts"

/**
 * The feed of this page. It outlives the view, so that a user who comes back finds the list and the events since then.
 */
export const pageFeed: AuditFeed = createAuditFeed({
  watch: watchAudit,
  schedule: (work) => requestAnimationFrame(work),
})
