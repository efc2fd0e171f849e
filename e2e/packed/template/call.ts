import { createClient, createTransport, isRpcError } from "@causeway/client"
import { Code } from "@connectrpc/connect"
import { Health, HealthCheckResponse_ServingStatus } from "./gen/health_pb.ts"

/** Makes one call of each kind, as an application would, and returns the results. */
export async function call(baseUrl: string): Promise<string> {
  const health = createClient(Health, createTransport({ baseUrl }))
  const { status } = await health.check({ service: "" }, { timeoutMs: 10_000 })
  const { SERVING } = HealthCheckResponse_ServingStatus
  const seen = [`serving: ${status === SERVING}`]
  for await (const update of health.watch({ service: "" })) {
    seen.push(`still serving: ${update.status === SERVING}`)
    break
  }
  try {
    await health.check({ service: "no.such.Service" })
  } catch (error) {
    if (!isRpcError(error, Code.NotFound)) throw error
    seen.push(`no such service: ${Code[error.code]} from ${error.source}`)
  }
  return seen.join("; ")
}
