import type { Metadata } from "@causeway/protocol"
import { emptyMetadata, MetadataList } from "@causeway/protocol"
import { BridgeError } from "../core/errors.ts"
import type { Reply } from "../core/reply.ts"
import { statusOf } from "../core/reply.ts"
import type { RouteAction } from "../routing/route-config.ts"

/**
 * The reply of a route that answers by itself. All of its calls share it. `retry-after` is in seconds, as in HTTP (RFC 9110
 * §10.2.3), and pages may read it.
 */
export function staticAnswer({ code, message, retryAfterMs }: RouteAction & { readonly kind: "answer" }): Reply {
  const seconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1_000)
  const metadata: Metadata = seconds === null ? emptyMetadata : new MetadataList(["retry-after", String(seconds)])
  return { kind: "status", metadata, status: statusOf(new BridgeError("route-answer", message, { code })) }
}
