import type { FailurePercentageConfig, OutlierConfig, SuccessRateConfig } from "../upstream/upstream-config.ts"
import { switched } from "./file/collections.ts"
import type { Rows } from "./file/section.ts"
import { section } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { count, duration } from "./kind.ts"
import { decimal, share } from "./upstream-kinds.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

const successRateRows: Rows<SuccessRateConfig> = {
  stdevFactor: {
    name: "stdev-factor",
    shape: leaf(decimal(0, 100)),
    fallback: 1.9,
    meaning: "Standard deviations below the mean rate of successes at which an endpoint is ejected.",
    elsewhere: "gRFC A50: stdev_factor (1900, in thousandths).",
  },
  ...ejectionRows(100),
}

const failurePercentageRows: Rows<FailurePercentageConfig> = {
  thresholdShare: {
    name: "threshold",
    shape: leaf(share),
    fallback: 0.85,
    meaning: "Share of failed calls above which an endpoint is ejected.",
    elsewhere: "gRFC A50: threshold (85).",
  },
  ...ejectionRows(50),
}

function ejectionRows(
  requestVolume: number,
): Rows<Pick<SuccessRateConfig, "enforcementShare" | "minimumHosts" | "requestVolume">> {
  return {
    enforcementShare: {
      name: "enforcement",
      shape: leaf(share),
      fallback: 1,
      meaning: "Share of the found endpoints that are really ejected.",
      change: "Lower it to try the numbers out.",
      elsewhere: "gRFC A50: enforcement_percentage (100).",
    },
    minimumHosts: {
      name: "minimum-hosts",
      shape: leaf(count(1, 100_000)),
      fallback: 5,
      meaning: "Number of endpoints with enough calls below which none is ejected.",
      elsewhere: "gRFC A50: minimum_hosts (5).",
    },
    requestVolume: {
      name: "request-volume",
      shape: leaf(count(1, 1_000_000)),
      fallback: requestVolume,
      meaning: "Number of calls in an interval below which an endpoint is not judged.",
      elsewhere: `gRFC A50: request_volume (${requestVolume}).`,
    },
  }
}

const [successRate, failurePercentage] = [section(successRateRows), section(failurePercentageRows)]

/** Ejection of endpoints by their answers. */
export const outlierRows: Rows<OutlierConfig> = {
  intervalMs: {
    name: "interval",
    shape: leaf(duration(100, 60 * minute)),
    fallback: 10 * second,
    meaning: "Time between two judgements.",
    elsewhere: "gRFC A50: interval (10 s).",
  },
  baseEjectionMs: {
    name: "base-ejection",
    shape: leaf(duration(1, day)),
    fallback: 30 * second,
    meaning: "Time of an ejection, multiplied by how often the endpoint was ejected in a row.",
    elsewhere: "gRFC A50: base_ejection_time (30 s).",
  },
  maxEjectionMs: {
    name: "max-ejection",
    shape: leaf(duration(1, day)),
    fallback: 300 * second,
    meaning: "The longest time of an ejection.",
    elsewhere: "gRFC A50: max_ejection_time (300 s).",
  },
  maxEjectionShare: {
    name: "max-ejected",
    shape: leaf(share),
    fallback: 0.1,
    meaning: "Share of the endpoints that may be ejected at one time. One may always be.",
    elsewhere: "gRFC A50: max_ejection_percent (10).",
  },
  successRate: {
    name: "success-rate",
    shape: switched(successRate),
    fallback: successRate.defaults,
    meaning: "Ejects endpoints whose rate of successes is far below the mean.",
    elsewhere: "gRFC A50: success_rate_ejection.",
  },
  failurePercentage: {
    name: "failure-percentage",
    shape: switched(failurePercentage),
    fallback: failurePercentage.defaults,
    meaning: "Ejects endpoints that fail more than a share of their calls.",
    elsewhere: "gRFC A50: failure_percentage_ejection.",
  },
}
