import { once } from "node:events"

import type { DescService } from "@bufbuild/protobuf"
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@causeway/proto/grpc/health/v1/health_pb"
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect"

/**
 * grpc.health.v1.Health for these services, and for the server as a whole under the empty name: serving until the
 * `stopping` signal aborts.
 */
export function createHealthService(
  services: readonly DescService[],
  stopping: AbortSignal,
): ServiceImpl<typeof Health> {
  const names = new Set(["", ...services.map(({ typeName }) => typeName)])
  const status = (): ServingStatus => (stopping.aborted ? ServingStatus.NOT_SERVING : ServingStatus.SERVING)
  return {
    check({ service }) {
      if (!names.has(service)) throw new ConnectError("There is no service with this name.", Code.NotFound)
      return { status: status() }
    },
    list() {
      return { statuses: Object.fromEntries([...names].map((name) => [name, { status: status() }])) }
    },
    async *watch({ service }, { signal }) {
      const isKnown = names.has(service)
      yield { status: isKnown ? status() : ServingStatus.SERVICE_UNKNOWN }
      if (!signal.aborted) await once(signal, "abort")
      if (isKnown && stopping.aborted) yield { status: ServingStatus.NOT_SERVING }
      signal.throwIfAborted()
    },
  }
}
