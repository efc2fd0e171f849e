import { createClient, createTransport, isRpcError, lifecycle, resumable } from "@causeway/client"
import type { StreamState } from "@causeway/client"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"

/** How a stream of this page is. */
export interface StreamReport {
  /** The numbers of all events, in the order in which they came. */
  readonly sequences: readonly number[]
  /** All states of a resumable stream, in words. */
  readonly states: readonly StreamState["kind"][]
  /** The name of the code that it ended with; "OK"; null while it runs. */
  readonly end: string | null
}

/** Streams with `lifecycle()`, for `page.evaluate`. */
export interface Streams {
  /** Begins a stream that resumes. */
  resume(bridge: string): void
  /** Begins a stream that does not. */
  watch(bridge: string): void
  /** Calls UserService.GetUser and stores the result in `sessionStorage`, because the page may be gone by then. */
  getUser(bridge: string, options: { readonly withLifecycle: boolean }): void
  report(name: "resumable" | "plain"): StreamReport
  /** The number of times that this page was restored from the back/forward cache. */
  restoreCount(): number
}

declare global {
  var pageStreams: Streams
}

const page = lifecycle()
const reports = { resumable: emptyReport(), plain: emptyReport() }
let restores = 0
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) restores++
})

function emptyReport(): { sequences: number[]; states: StreamState["kind"][]; end: string | null } {
  return { sequences: [], states: [], end: null }
}

globalThis.pageStreams = {
  resume(bridge) {
    const watch = resumable(auditOf(bridge).watch, {
      resume: ({ event }, request) => (event ? { ...request, cursor: event.cursor } : request),
      lifecycle: page,
    })
    const stream = watch({ cursor: "" })
    stream.subscribe(({ kind }) => reports.resumable.states.push(kind))
    void read("resumable", stream)
  },
  watch: (bridge) => void read("plain", auditOf(bridge).watch({ cursor: "" })),
  getUser(baseUrl, { withLifecycle }) {
    const transport = createTransport({ baseUrl, interceptors: withLifecycle ? [page.interceptor] : [] })
    const note = (word: string): void => sessionStorage.setItem("getUser", word)
    createClient(UserService, transport)
      .getUser({})
      .then(
        () => note("OK"),
        (error: unknown) => note(nameOf(error)),
      )
  },
  report: (name) => reports[name],
  restoreCount: () => restores,
}

function auditOf(baseUrl: string) {
  return createClient(AuditService, createTransport({ baseUrl, interceptors: [page.interceptor] }))
}

async function read(
  name: "resumable" | "plain",
  stream: AsyncIterable<{ readonly event?: { readonly sequence: bigint } }>,
): Promise<void> {
  const report = reports[name]
  try {
    for await (const { event } of stream) if (event !== undefined) report.sequences.push(Number(event.sequence))
    report.end = "OK"
  } catch (error) {
    report.end = nameOf(error)
  }
}

function nameOf(error: unknown): string {
  return isRpcError(error) ? Code[error.code] : String(error)
}
