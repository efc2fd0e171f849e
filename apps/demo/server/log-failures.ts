import { ConnectError, type Interceptor } from "@connectrpc/connect"

/**
 * Passes unexpected errors of handlers to `report`. The caller gets INTERNAL without the reason, and connect reports
 * the error nowhere else. A ConnectError is an answer and not reported; neither is a caller that has gone.
 */
export function logFailures(report: (method: string, error: unknown) => void): Interceptor {
  return (next) => async (request) => {
    const method = `${request.service.typeName}/${request.method.name}`
    const note = (error: unknown): void => {
      const isOfCaller = request.signal.aborted && error === request.signal.reason
      if (!isOfCaller && !(error instanceof ConnectError)) report(method, error)
    }
    try {
      const response = await next(request)
      return response.stream ? { ...response, message: noting(response.message, note) } : response
    } catch (error) {
      note(error)
      throw error
    }
  }
}

async function* noting<T>(messages: AsyncIterable<T>, note: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* messages
  } catch (error) {
    note(error)
    throw error
  }
}
