import { ImportRequestSchema, ImportResponseSchema } from "@causeway/proto/api/v1/import_pb"
import { vi } from "vitest"
import type { Mock } from "vitest"
import { requestStreaming } from "../src/index.ts"
import type { TransportOptions } from "../src/index.ts"
import { clientsOf } from "./clients.ts"
import type { Clients } from "./clients.ts"
import { join, messageFrame, okTrailer } from "./grpc-web-bytes.ts"

/** The answer of ImportService.Import. */
export const imported: Uint8Array<ArrayBuffer> = join(
  messageFrame(ImportResponseSchema, { createdCount: 2n }),
  okTrailer,
)
export const row = (email: string): { user: { email: string } } => ({ user: { email } })
export const rowFrame = (email: string): Uint8Array<ArrayBuffer> => messageFrame(ImportRequestSchema, row(email))

export async function* rows(...emails: string[]): AsyncGenerator<{ user: { email: string } }, void> {
  for (const email of emails) yield row(email)
}

export function answerOf(body: Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { headers: { "content-type": "application/grpc-web+proto" } })
}

/** The body of a request; null: it was not streamed. */
export function streamOf(init: RequestInit | undefined): ReadableStreamDefaultReader<Uint8Array> | null {
  return init?.body instanceof ReadableStream ? init.body.getReader() : null
}

export async function drain(body: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let read; (read = await body.read()).value !== undefined;) chunks.push(read.value)
  return join(...chunks)
}

/** As Chromium over HTTP/1.1: refuses a stream without taking anything of it. */
export const refusing = async (_url: unknown, init?: RequestInit): Promise<Response> => {
  if (streamOf(init)) throw new TypeError("Failed to fetch")
  return answerOf(imported)
}

export type Fetch = (url: unknown, init?: RequestInit) => Promise<Response>

/** Clients that stream their requests where that is possible. */
export interface StreamingClients extends Clients {
  /** Which requests were streamed. */
  readonly streamed: () => boolean[]
  readonly spy: Mock<Fetch>
}

export function streamingClients(fetch: Fetch, options: Partial<TransportOptions> = {}): StreamingClients {
  const spy = vi.fn(fetch)
  const streaming = requestStreaming()
  const clients = clientsOf({
    baseUrl: "https://api.test",
    requestStreaming: streaming,
    fetch: spy,
    ...options,
  })
  const streamed = () => spy.mock.calls.map(([, init]) => init?.body instanceof ReadableStream)
  return { ...clients, streamed, spy }
}
