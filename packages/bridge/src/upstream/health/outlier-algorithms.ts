import type { FailurePercentageConfig, SuccessRateConfig } from "../upstream-config.ts"

/** The calls of one endpoint in the interval that has ended. */
export interface CallCount {
  readonly successes: number
  readonly failures: number
}

/** An endpoint whose answers are out of line, and the reason in words. */
export interface Outlier<T> {
  readonly endpoint: T
  readonly why: string
}

/** Endpoints whose rate of successes is far below the mean (gRFC A50, success rate algorithm). */
export function successRateOutliers<T extends CallCount>(
  endpoints: readonly T[],
  config: SuccessRateConfig,
): Outlier<T>[] {
  const busy = endpoints.filter((endpoint) => volume(endpoint) >= config.requestVolume)
  if (busy.length < config.minimumHosts || busy.length === 0) return []
  const rates = busy.map((endpoint) => endpoint.successes / volume(endpoint))
  const mean = rates.reduce((a, b) => a + b, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
  const threshold = mean - Math.sqrt(variance) * config.stdevFactor
  return busy.flatMap((endpoint, index) => {
    if (rates[index] >= threshold) return []
    const why = `${percent(rates[index])} of ${volume(endpoint)} calls succeeded; the mean of ${busy.length} endpoints is ${percent(mean)}, and below ${percent(threshold)} an endpoint is an outlier`
    return [{ endpoint, why }]
  })
}

/** Endpoints that fail more than a share of their calls (gRFC A50, failure percentage algorithm). */
export function failurePercentageOutliers<T extends CallCount>(
  endpoints: readonly T[],
  config: FailurePercentageConfig,
): Outlier<T>[] {
  const busy = endpoints.filter((endpoint) => volume(endpoint) >= config.requestVolume)
  if (busy.length < config.minimumHosts) return []
  return busy.flatMap((endpoint) => {
    const share = endpoint.failures / volume(endpoint)
    if (share <= config.thresholdShare) return []
    return [
      {
        endpoint,
        why: `${percent(share)} of ${volume(endpoint)} calls failed; more than ${percent(config.thresholdShare)} is too much`,
      },
    ]
  })
}

function volume({ successes, failures }: CallCount): number {
  return successes + failures
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`
}
