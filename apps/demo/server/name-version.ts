import type { Interceptor } from "@connectrpc/connect"

/** Names the version of the service in the field `x-served-by` of each answer that has a message. */
export function nameVersion(version: string): Interceptor {
  return (next) => async (request) => {
    const response = await next(request)
    response.header.set("x-served-by", version)
    return response
  }
}
