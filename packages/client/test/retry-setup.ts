import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { retry } from "../src/retry/retry.ts"
import type { RetryOptions } from "../src/retry/retry.ts"
import { scriptedClients } from "./clients.ts"
import type { Clients } from "./clients.ts"
import { join, messageFrame, okTrailer } from "./grpc-web-bytes.ts"
import type { Script, scriptedFetch, SeenRequest } from "./scripted-fetch.ts"

export const user: Uint8Array<ArrayBuffer> = messageFrame(GetUserResponseSchema, { user: { id: "7" } })
export const found: Script = { body: [join(user, okTrailer)] }

/** An answer of headers alone ("Trailers-Only"). */
export function refused(code: Code, headers: Record<string, string> = {}): Script {
  return { headers: { "grpc-status": String(code), ...headers }, body: [] }
}

export const unavailable: Script = refused(Code.Unavailable)

/** Clients that retry without waiting, their requests, and how long each wait would have been. */
export interface Retrying extends Clients {
  readonly requests: SeenRequest[]
  readonly waitsMs: number[]
}

export function retrying(
  answers: Parameters<typeof scriptedFetch>[0],
  options: RetryOptions = {},
  inside: readonly Interceptor[] = [],
): Retrying {
  const waitsMs: number[] = []
  let nowMs = 0
  const clock = {
    nowMs: () => nowMs,
    wait: async (ms: number) => {
      waitsMs.push(ms)
      nowMs += ms
    },
  }
  const interceptors = [retry({ clock, random: () => 1, ...options }), ...inside]
  return { ...scriptedClients(answers, { interceptors }), waitsMs }
}

/** What each request said of the attempts before it. */
export const previousAttempts = (requests: readonly SeenRequest[]): (string | null)[] =>
  requests.map(({ headers }) => headers.get("grpc-previous-rpc-attempts"))
