import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { vi } from "vitest"
import type { Mock } from "vitest"
import { auth } from "../src/auth/auth.ts"
import type { AuthOptions, Token } from "../src/auth/auth.ts"
import { clientsOf, scriptedClients } from "./clients.ts"
import type { Clients } from "./clients.ts"
import { join, messageFrame, okTrailer } from "./grpc-web-bytes.ts"
import { scriptedFetch } from "./scripted-fetch.ts"
import type { Script, SeenRequest } from "./scripted-fetch.ts"

export const found: Script = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }
export const refused: Script = { headers: { "grpc-status": "16", "grpc-message": "who are you" }, body: [] }

type Answers = Parameters<typeof scriptedFetch>[0]
type Called = Clients & { readonly requests: SeenRequest[] }

export function withAuth(answers: Answers, options: AuthOptions): Called {
  return scriptedClients(answers, { interceptors: [auth(options)] })
}

/** A server that takes one token alone, and a session that has an old one. */
export interface Session {
  readonly state: { token: Token }
  readonly refreshToken: Mock<(rejected: Token) => Promise<Token>>
  /** The header of each request. */
  readonly requests: (string | null)[]
  readonly clients: Clients
}

export function session(valid = "new"): Session {
  const state = { token: "old" as Token }
  const refreshToken = vi.fn(async (_rejected: Token): Promise<Token> => (state.token = valid))
  const requests: (string | null)[] = []
  const fetch = async (_url: unknown, init: RequestInit = {}): Promise<Response> => {
    const sent = new Headers(init.headers).get("authorization")
    requests.push(sent)
    const { fetch: answer } = scriptedFetch([sent === `Bearer ${valid}` ? found : refused])
    return answer("https://api.test", init)
  }
  const interceptors = [auth({ getToken: () => state.token, refreshToken })]
  return { state, refreshToken, requests, clients: clientsOf({ baseUrl: "https://api.test", fetch, interceptors }) }
}

export const sentTokens = (requests: readonly SeenRequest[]): (string | null)[] =>
  requests.map(({ headers }) => headers.get("authorization"))
