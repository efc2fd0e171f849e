import { Code } from "@causeway/protocol"
import type { Interceptor, StreamResponse } from "@connectrpc/connect"
import { repeatableRequest } from "../repeatable-request.ts"
import { isConnectError, RpcError } from "../rpc-error.ts"
import { untilAborted } from "../until-aborted.ts"
import { reopening } from "./reopening.ts"
import { SingleFlight } from "./single-flight.ts"

/** A token; null, undefined and "" are none. */
export type Token = string | null | undefined

/** The options of `auth`. */
export interface AuthOptions {
  /**
   * The token as it is now. Asked at each attempt, and so at each reconnect of a stream; what it gives is not kept. Where
   * there is none, the call goes without.
   */
  readonly getToken: () => Token | Promise<Token>
  /**
   * Gets a new token after the server refused `rejected` with UNAUTHENTICATED, and sees to it that `getToken` gives it
   * from now on. Called once for all calls that were refused with the same token. Default: a refused call fails.
   */
  readonly refreshToken?: (rejected: Token) => Token | Promise<Token>
  /** The header that carries the token. Default: `authorization`. */
  readonly headerName?: string
  /** What stands before the token, and a space; "" for nothing. Default: `Bearer`. */
  readonly scheme?: string
}

/**
 * An interceptor that adds a token to each call and renews it when the server refuses it. A refused call is made once
 * more, if there is another token by then; a client-streaming or bidi call only if none of its requests was taken yet.
 *
 * A call that brings the header itself goes as it is. The token is in no error.
 *
 * ```ts
 * auth({ getToken: () => session.token, refreshToken: () => session.refresh() })
 * ```
 */
export function auth(options: AuthOptions): Interceptor {
  const { getToken, refreshToken, headerName = "authorization", scheme = "Bearer" } = options
  const renewals = new SingleFlight<Token, Token>(async (rejected) => {
    // Another call may have renewed it while this one was on its way. Asked within the flight: an answer from before a
    // renewal, given after it, would bring about another.
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
 * What the application answers. If that fails, so do the calls that wait for it: with the code of a call that was made for
 * it, so that an outage does not look like a session that has ended.
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
    // What the platform throws here shows the value.
    const why = `the token cannot be sent: it has characters that HTTP does not carry in the header ${name}`
    throw new RpcError(why, Code.Unauthenticated, { source: "client" })
  }
}
