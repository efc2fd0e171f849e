import type { HealthCheckConfig } from "../upstream/upstream-config.ts"
import type { Rows } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { count, duration, onOff } from "./kind.ts"
import { oneLine } from "./upstream-kinds.ts"

const second = 1_000
const minute = 60 * second

/** Active health checks. */
export const healthRows: Rows<HealthCheckConfig> = {
  service: {
    name: "service",
    shape: leaf({ ...oneLine, toText: (value) => value }),
    fallback: "",
    meaning: 'The service whose health is asked for. The empty text "" asks for the whole server.',
    elsewhere: "Envoy: grpc_health_check.service_name; gRPC: healthCheckConfig.serviceName.",
  },
  watch: {
    name: "watch",
    shape: leaf(onOff),
    fallback: false,
    meaning: "Health.Watch on one stream, in place of Health.Check at intervals.",
    elsewhere: "gRPC clients always watch.",
  },
  intervalMs: {
    name: "interval",
    shape: leaf(duration(100, 60 * minute)),
    fallback: 10 * second,
    meaning: "Time between two checks of an endpoint.",
    elsewhere: "Envoy: interval.",
  },
  timeoutMs: {
    name: "timeout",
    shape: leaf(duration(1, minute)),
    fallback: second,
    meaning: "Time limit for the answer to a check.",
    elsewhere: "Envoy: timeout.",
  },
  unhealthyAfter: {
    name: "unhealthy-after",
    shape: leaf(count(1, 100)),
    fallback: 3,
    meaning: "Failed checks in a row after which an endpoint gets no more calls.",
    elsewhere: "Envoy: unhealthy_threshold.",
  },
  healthyAfter: {
    name: "healthy-after",
    shape: leaf(count(1, 100)),
    fallback: 2,
    meaning: "Good checks in a row after which it gets calls again.",
    elsewhere: "Envoy: healthy_threshold.",
  },
}
