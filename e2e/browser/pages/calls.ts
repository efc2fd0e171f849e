import {
  auth,
  createClient,
  createTransport,
  dedupe,
  devtools,
  isRpcError,
  logger,
  requestStreaming,
  retry,
  textFormat,
  trace,
  warnWhenCrowded,
} from "@causeway/client"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { createClient as createStockClient, ConnectError } from "@connectrpc/connect"
import type { CallOptions, Client, Interceptor } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"

/** The client and transport: ours, ours with base64 bodies, ours with all add-ons, or connect's own. */
export type ClientKind = "causeway" | "text" | "add-ons" | "stock"

/** The error of a call, as data that a test can compare. */
export interface ErrorReport {
  readonly code: number
  readonly message: string
  /** Of an `RpcError`: null for connect's own. */
  readonly source: string | null
  readonly reason: string | null
  /** google.rpc.BadRequest in the details: `field: description`. */
  readonly violations: readonly string[]
  /** Headers and trailers together. */
  readonly metadata: Readonly<Record<string, string>>
}

/** How a unary call ended. */
export interface UnaryReport {
  /** The display name of the user in the answer. */
  readonly name: string | null
  readonly header: Readonly<Record<string, string>>
  readonly trailer: Readonly<Record<string, string>>
  readonly error: ErrorReport | null
  readonly durationMs: number
}

/** How a stream ended. */
export interface StreamReport {
  /** The numbers of all events, in the order in which they came. */
  readonly sequences: readonly number[]
  readonly error: ErrorReport | null
  readonly durationMs: number
}

/** How a stream of requests ended. */
export interface ImportReport {
  /** How many users the answer says were created; null: there was none. */
  readonly createdCount: number | null
  readonly error: ErrorReport | null
}

/** The options of a call. */
export interface UnaryOptions {
  readonly timeoutMs?: number
  readonly headers?: Record<string, string>
}

/** The options of a stream. */
export interface WatchOptions {
  readonly timeoutMs?: number
  /** Leaves the loop by `break` after this many events. */
  readonly breakAfter?: number
}

/** The calls of this page, for `page.evaluate`. */
export interface Calls {
  /** Selects the client and the bridge. Must be called first. */
  connect(kind: ClientKind, bridge: string): void
  /** UserService.GetUser. */
  getUser(id: string, options?: UnaryOptions): Promise<UnaryReport>
  /** Begins AuditService.Watch under a name. */
  watch(name: string, options?: WatchOptions): void
  /** Resolves when this stream has received `count` events. */
  seen(name: string, count: number): Promise<readonly number[]>
  /** Resolves when this stream is over. */
  ended(name: string): Promise<StreamReport>
  /** Aborts this stream by its `AbortController`. */
  abort(name: string): void
  /** Begins ImportService.Import under a name; its rows come from `addRow`. */
  beginImport(name: string): void
  /** Gives the next row of this import. */
  addRow(name: string, email: string): void
  /** Says that no more rows come, and resolves when the import is over. */
  finishImport(name: string): Promise<ImportReport>
  /** Aborts this import by its `AbortController`. */
  abortImport(name: string): Promise<ImportReport>
}

declare global {
  var pageCalls: Calls
}

interface Clients {
  readonly users: Client<typeof UserService>
  readonly audit: Client<typeof AuditService>
  readonly imports: Client<typeof ImportService>
}

interface OpenStream {
  readonly abort: AbortController
  readonly sequences: number[]
  readonly ended: Promise<StreamReport>
  /** Told of each event, and of the end. */
  readonly changes: EventTarget
}

interface OpenImport {
  readonly abort: AbortController
  readonly rows: WritableStreamDefaultWriter<string>
  readonly ended: Promise<ImportReport>
}

let clients: Clients | null = null
const streams = new Map<string, OpenStream>()
const imports = new Map<string, OpenImport>()

globalThis.pageCalls = {
  connect(kind, bridge) {
    clients = createClients(kind, bridge)
  },
  getUser,
  watch(name, options = {}) {
    streams.set(name, openStream(options))
  },
  async seen(name, count) {
    const { sequences, changes } = stream(name)
    while (sequences.length < count) await nextChange(changes)
    return sequences
  },
  ended: (name) => stream(name).ended,
  abort: (name) => stream(name).abort.abort(),
  beginImport(name) {
    imports.set(name, openImport())
  },
  addRow(name, email) {
    // Resolves when the row is taken, which may be when it is sent.
    void openedImport(name).rows.write(email)
  },
  async finishImport(name) {
    const { rows, ended } = openedImport(name)
    void rows.close()
    return ended
  },
  async abortImport(name) {
    const { abort, ended } = openedImport(name)
    abort.abort()
    return ended
  },
}

function createClients(kind: ClientKind, baseUrl: string): Clients {
  if (kind !== "stock") {
    const interceptors = kind === "add-ons" ? addOns() : []
    const format = kind === "text" ? textFormat() : undefined
    const transport = createTransport({ baseUrl, interceptors, format, requestStreaming: requestStreaming() })
    return {
      users: createClient(UserService, transport),
      audit: createClient(AuditService, transport),
      imports: createClient(ImportService, transport),
    }
  }
  const transport = createGrpcWebTransport({ baseUrl })
  return {
    users: createStockClient(UserService, transport),
    audit: createStockClient(AuditService, transport),
    imports: createStockClient(ImportService, transport),
  }
}

/** In the order that docs/client/add-ons.md advises; the token that they begin with is "old", and the next one "new". */
function addOns(): Interceptor[] {
  let token = "old"
  return [
    // Written to the console, because the tests fail on console errors.
    logger({ levelOf: () => "info" }),
    warnWhenCrowded(),
    dedupe(),
    retry(),
    auth({ getToken: () => token, refreshToken: () => (token = "new") }),
    trace({ startSpan: () => ({ traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }) }),
    devtools(),
  ]
}

function connected(): Clients {
  if (clients === null) throw new Error("pageCalls.connect has not been called")
  return clients
}

function stream(name: string): OpenStream {
  const found = streams.get(name)
  if (found === undefined) throw new Error(`there is no stream ${name}`)
  return found
}

async function getUser(id: string, options: UnaryOptions = {}): Promise<UnaryReport> {
  const startMs = performance.now()
  let header = {}
  let trailer = {}
  const listening: CallOptions = {
    ...options,
    onHeader: (fields) => (header = Object.fromEntries(fields)),
    onTrailer: (fields) => (trailer = Object.fromEntries(fields)),
  }
  const report = (name: string | null, error: ErrorReport | null): UnaryReport => ({
    name,
    header,
    trailer,
    error,
    durationMs: performance.now() - startMs,
  })
  try {
    const { user } = await connected().users.getUser({ id }, listening)
    return report(user?.displayName ?? null, null)
  } catch (error) {
    return report(null, describe(error))
  }
}

function openStream(options: WatchOptions): OpenStream {
  const abort = new AbortController()
  const sequences: number[] = []
  const changes = new EventTarget()
  const tell = (): unknown => changes.dispatchEvent(new Event("change"))
  return { abort, sequences, changes, ended: run(options, abort.signal, sequences, tell) }
}

async function run(
  { timeoutMs, breakAfter }: WatchOptions,
  signal: AbortSignal,
  sequences: number[],
  tell: () => void,
): Promise<StreamReport> {
  const startMs = performance.now()
  let error: ErrorReport | null = null
  try {
    for await (const { event } of connected().audit.watch({}, { signal, timeoutMs })) {
      if (event !== undefined) sequences.push(Number(event.sequence))
      tell()
      if (sequences.length === breakAfter) break
    }
  } catch (cause) {
    error = describe(cause)
  }
  return { sequences, error, durationMs: performance.now() - startMs }
}

function nextChange(changes: EventTarget): Promise<Event> {
  return new Promise((resolve) => changes.addEventListener("change", resolve, { once: true }))
}

function openedImport(name: string): OpenImport {
  const found = imports.get(name)
  if (found === undefined) throw new Error(`there is no import ${name}`)
  return found
}

function openImport(): OpenImport {
  const abort = new AbortController()
  const { readable, writable } = new TransformStream<string, string>()
  const call = connected().imports.import(requestsOf(readable.getReader()), { signal: abort.signal })
  const ended = call.then(
    ({ createdCount }) => ({ createdCount: Number(createdCount), error: null }),
    (error: unknown) => ({ createdCount: null, error: describe(error) }),
  )
  return { abort, rows: writable.getWriter(), ended }
}

async function* requestsOf(emails: ReadableStreamDefaultReader<string>) {
  for (let read = await emails.read(); !read.done; read = await emails.read()) yield { user: { email: read.value } }
}

function describe(cause: unknown): ErrorReport {
  const error = ConnectError.from(cause)
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  const { source, reason } = isRpcError(error) ? error : { source: null, reason: null }
  return {
    code: error.code,
    message: error.rawMessage,
    source,
    reason: reason ?? null,
    violations: violations.map(({ field, description }) => `${field}: ${description}`),
    metadata: Object.fromEntries(error.metadata),
  }
}
