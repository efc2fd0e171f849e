import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { useQuery } from "@tanstack/react-query"

import { auditHead } from "../../api/audit.ts"
import type { CallRecord } from "../../api/call-record.ts"
import { recorder } from "../../api/calls.ts"
import { useCalls } from "../../api/use-calls.ts"
import { Button } from "../../ui/button.tsx"
import { formatSize } from "../calls/call-words.ts"
import type { AuditSnapshot } from "./audit-feed.ts"

const headEveryMs = 1_000

/** What the numbers of the events prove, what a pause holds back, and a way to break the stream. */
export function StreamProof({ snapshot }: { readonly snapshot: AuditSnapshot }) {
  const { proof, isPaused } = snapshot
  const call = useCalls().calls.find(isOpenWatch)
  const { data: head } = useQuery({
    queryKey: ["audit", "head"],
    queryFn: ({ signal }) => auditHead(signal),
    enabled: isPaused,
    refetchInterval: headEveryMs,
    gcTime: 0,
  })
  const behind = head === undefined || proof.expected === null ? null : head - proof.expected + 1n
  const facts: readonly (readonly [label: string, value: string, tone?: "good" | "bad" | "warn"])[] = [
    ["Expected next", proof.expected === null ? "any" : `#${proof.expected}`],
    ["Lost", String(proof.lost), proof.lost === 0n ? "good" : "bad"],
    ["Received twice", String(proof.repeated), proof.repeated === 0n ? "good" : "bad"],
    ["Bytes read", call === undefined ? "–" : formatSize(call.responseBytes)],
    [
      "Behind the log",
      isPaused ? (behind === null ? "…" : String(behind)) : "read live",
      isPaused ? "warn" : undefined,
    ],
  ]
  return (
    <div className="proof card">
      <dl>
        {facts.map(([label, value, tone]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd data-tone={tone}>{value}</dd>
          </div>
        ))}
      </dl>
      <Button icon="cut" isOff={call === undefined} onClick={() => call !== undefined && recorder.cut(call.id)}>
        Cut the stream
      </Button>
    </div>
  )
}

function isOpenWatch({ method, phase }: CallRecord): boolean {
  return method === AuditService.method.watch && phase.kind === "streaming"
}
