import type { DescService } from "@bufbuild/protobuf"
import { base64Decode } from "@bufbuild/protobuf/wire"
import { systemClock } from "../clock.ts"
import { concatBytes } from "../concat-bytes.ts"
import { MockServer } from "../testing/mock-server.ts"
import type { MockAnswer, MockCall } from "../testing/mock-server.ts"
import type { MockService } from "../testing/mock-service.ts"
import { bodyHeader, showBodies } from "./show-bodies.ts"
import type { MockedPaths } from "./show-bodies.ts"

/** The part of Playwright's `Page` or `BrowserContext` that `mockGrpc` needs. */
export interface RoutedPage {
  route(url: (url: URL) => boolean, handler: (route: PageRoute) => Promise<void>): Promise<unknown>
  addInitScript(script: (mocked: MockedPaths) => void, mocked: MockedPaths): Promise<unknown>
}

/** The part of Playwright's `Route` that `mockGrpc` needs. */
export interface PageRoute {
  request(): {
    url(): string
    method(): string
    allHeaders(): Promise<Record<string, string>>
    postDataBuffer(): Uint8Array | null
  }
  // oxlint-disable-next-line typescript/no-explicit-any -- a string or Node's Buffer, whose types this package does without
  fulfill(answer: { status: number; headers: Record<string, string>; body?: any }): Promise<void>
  abort(errorCode: string): Promise<void>
}

/** The options of `mockGrpc`. */
export interface MockGrpcOptions {
  /** Answers only requests below this URL, the `baseUrl` of the page's transport. Default: requests to any URL. */
  readonly baseUrl?: string
}

/** A service that the test answers for. */
export interface MockedGrpc {
  /** The calls so far, in the order of their arrival. */
  readonly calls: readonly MockCall[]
}

/**
 * Answers a page's gRPC-Web calls of a service from the test, through `page.route`, with the bytes of a bridge:
 * messages, headers, trailers, errors with their details, CORS. The page's own client runs unchanged. A stream is
 * delivered in one piece, after its method has ended.
 *
 * ```ts
 * await mockGrpc(page, UserService, { getUser: ({ id }) => ({ user: { id } }) })
 * await page.goto("/users/42")
 * ```
 */
export async function mockGrpc<T extends DescService>(
  page: RoutedPage,
  service: T,
  methods: MockService<T>,
  { baseUrl = "" }: MockGrpcOptions = {},
): Promise<MockedGrpc> {
  const server = new MockServer(systemClock)
  server.add(service, methods)
  await page.addInitScript(showBodies, { baseUrl, service: service.typeName })
  await page.route(
    ({ href, pathname }) => href.startsWith(baseUrl) && server.has(pathname),
    (route) => answer(route, server),
  )
  return { calls: server.calls }
}

async function answer(route: PageRoute, server: MockServer): Promise<void> {
  const request = route.request()
  const header = new Headers(await request.allHeaders())
  if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers: preflightHeaders(header) })
  // Playwright does not tell a route that the page has canceled its request.
  const { signal } = new AbortController()
  const shown = header.get(bodyHeader)
  header.delete(bodyHeader)
  const body = request.postDataBuffer() ?? base64Decode(shown ?? "")
  const path = new URL(request.url()).pathname
  try {
    const { status, header: answered, chunks } = await server.answer({ path, header, body, signal })
    const whole = await wholeOf(chunks)
    return await route.fulfill({ status, headers: exposed(answered, header), body: toBuffer(whole) })
  } catch (error) {
    if (error instanceof TypeError) return route.abort("failed")
    throw error
  }
}

/** Joins the body. If the method simulates a broken network, the body ends there. */
async function wholeOf(chunks: MockAnswer["chunks"]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  try {
    for await (const chunk of chunks) parts.push(chunk)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  return concatBytes(
    parts,
    parts.reduce((bytes, { length }) => bytes + length, 0),
  )
}

/** Lets any page read the whole answer, like a bridge that allows the origin of the page. */
function exposed(answer: Headers, request: Headers): Record<string, string> {
  const names = [...answer.keys()].join(", ")
  return { ...Object.fromEntries(answer), ...allowed(request), "access-control-expose-headers": names }
}

function preflightHeaders(request: Headers): Record<string, string> {
  return {
    ...allowed(request),
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": request.get("access-control-request-headers") ?? "",
  }
}

function allowed(request: Headers): Record<string, string> {
  const origin = request.get("origin")
  if (origin === null) return {}
  return { "access-control-allow-origin": origin, "access-control-allow-credentials": "true", vary: "origin" }
}

/**
 * Converts bytes to Node's `Buffer`: Playwright treats other byte arrays as text. The code runs on Node, but this
 * package has no types of Node.
 */
function toBuffer(bytes: Uint8Array): unknown {
  const { Buffer } = globalThis as unknown as { Buffer: { from(bytes: Uint8Array): unknown } }
  return Buffer.from(bytes)
}
