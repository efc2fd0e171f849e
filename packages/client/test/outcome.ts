import type { RpcError } from "../src/index.ts"
import { isRpcError } from "../src/index.ts"

/** What a stream gave, and how it ended. */
export interface Outcome<T> {
  readonly messages: T[]
  readonly error: RpcError | undefined
}

/** Reads a stream to its end. */
export async function outcomeOf<T>(stream: AsyncIterable<T>): Promise<Outcome<T>> {
  const messages: T[] = []
  try {
    for await (const message of stream) messages.push(message)
  } catch (error) {
    if (!isRpcError(error)) throw error
    return { messages, error }
  }
  return { messages, error: undefined }
}

/** The error that a call fails with. */
export async function errorOf(call: Promise<unknown>): Promise<RpcError> {
  const error: unknown = await call.then(
    (value) => new Error(`the call did not fail, but gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  if (!isRpcError(error)) throw error
  return error
}
