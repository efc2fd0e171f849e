import { Code } from "@causeway/protocol"
import type { Interceptor, StreamResponse } from "@connectrpc/connect"
import { repeatableRequest } from "../repeatable-request.ts"
import { isConnectError, RpcError } from "../rpc-error.ts"
import { untilAborted } from "../until-aborted.ts"
import { reopening } from "./reopening.ts"
import { SingleFlight } from "./single-flight.ts"

/** A token; null, undefined and "" mean that there is none. */
export type Token = string | null | undefined

/** The options of `auth`. */
export interface AuthOptions {
  /**
   * Returns the current token. Called for each attempt, and so for each reconnect of a stream; the result is not
   * cached. Without a token the call is sent without the header.
   */
  readonly getToken: () => Token | Promise<Token>
  /**
   * Gets a new token after the server has refused `rejected` with UNAUTHENTICATED. From then on `getToken` must return
   * the new token. Called once for all calls that were refused with one token. Default: a refused call fails.
   */
  readonly refreshToken?: (rejected: Token) => Token | Promise<Token>
  /** The header that carries the token. Default: `authorization`. */
  readonly headerName?: string
  /** The scheme before the token; a space follows it. "" sends the token alone. Default: `Bearer`. */
  readonly scheme?: string
}

/**
 * An interceptor that adds a token to each call and renews the token when the server refuses it. A refused call is made
 * once more if there is a different token by then. A client-streaming or bidi call is made again only if none of its
 * request messages has been read.
 *
 * A call that sets the header itself is sent unchanged. No error contains the token.
 *
 * ```ts
 * auth({ getToken: () => session.token, refreshToken: () => session.refresh() })
 * ```
 */
export function auth(options: AuthOptions): Interceptor {
  const { getToken, refreshToken, headerName = "authorization", scheme = "Bearer" } = options
  const renewals = new SingleFlight<Token, Token>(async (rejected) => {
    // Another call may have renewed the token meanwhile. `getToken` is called inside the shared run: a stale answer
    // that arrives after a renewal would otherwise cause a second renewal.
    const token = await answerOf("getToken", getToken)
    return token && token !== rejected ? token : answerOf("refreshToken", () => refreshToken?.(rejected))
  })

  return (next) => async (request) => {
    if (request.header.has(headerName)) return next(request)
    const { signal } = request
    const repeatable = repeatableRequest(request)
    const send = (token: Token): ReturnType<typeof next> => {
      const attempt = repeatable.attempt()
      if (token) setHeader(attempt.header, headerName, scheme === "" ? token : `${scheme} ${token}`)
      return next(attempt)
    }
    const token = await untilAborted(signal, answerOf("getToken", getToken))
    const sendAgain = async (error: unknown): ReturnType<typeof next> => {
      if (!refreshToken || !isRefusal(error) || !repeatable.canRepeat) throw error
      const renewed = await untilAborted(signal, renewals.run(token))
      if (!renewed || renewed === token) throw error
      return send(renewed)
    }
    try {
      const response = await send(token)
      const isFinal = !response.stream || !refreshToken
      return isFinal ? response : reopening(response, async (error) => (await sendAgain(error)) as StreamResponse)
    } catch (error) {
      return sendAgain(error)
    }
  }
}

function isRefusal(error: unknown): boolean {
  return isConnectError(error) && error.code === Code.Unauthenticated
}

/**
 * Calls a function of the application. If the function fails, the waiting calls fail too. If it failed because of a
 * call of its own, they get the code of that call, so that an outage does not look like an expired session.
 */
async function answerOf(name: string, ask: () => Token | Promise<Token>): Promise<Token> {
  try {
    return await ask()
  } catch (cause) {
    const code = isConnectError(cause) ? cause.code : Code.Unauthenticated
    throw new RpcError(`there is no token for the call: ${name} failed, see cause`, code, { source: "client", cause })
  }
}

function setHeader(header: Headers, name: string, value: string): void {
  try {
    header.set(name, value)
  } catch {
    // The platform's own error would show the token.
    const why = `the token cannot be sent: it has characters that HTTP does not carry in the header ${name}`
    throw new RpcError(why, Code.Unauthenticated, { source: "client" })
  }
}
