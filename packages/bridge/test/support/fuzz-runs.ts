import fc from "fast-check"

const env = process.env

/**
 * How a property over a live bridge is tried: CAUSEWAY_FUZZ_RUNS times (default 150), for a minute at most. A failure names its seed
 * and path; CAUSEWAY_FUZZ_SEED and CAUSEWAY_FUZZ_PATH try that one again.
 */
export const fuzzRuns: {
  readonly numRuns: number
  readonly interruptAfterTimeLimit: number
  seed?: number
  path?: string
} = {
  numRuns: Number(env["CAUSEWAY_FUZZ_RUNS"] ?? 150),
  interruptAfterTimeLimit: 60_000,
  ...(env["CAUSEWAY_FUZZ_SEED"] === undefined ? {} : { seed: Number(env["CAUSEWAY_FUZZ_SEED"]) }),
  ...(env["CAUSEWAY_FUZZ_PATH"] === undefined ? {} : { path: env["CAUSEWAY_FUZZ_PATH"] }),
}

/** Time limit for tests with that many runs. */
export const fuzzPatienceMs = 180_000

/**
 * How a property of a pure function is tried: as often, but no longer than half of a test's time limit. A slow machine tries fewer
 * cases, and does not fail for its speed.
 */
export const propertyRuns: typeof fuzzRuns = { ...fuzzRuns, interruptAfterTimeLimit: 15_000 }

/** Any UTF-16 code unit, also half of a pair. fast-check's own `binary` takes a second of CPU to set up. */
export const anyCodeUnit: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0xffff })
  .map((code) => String.fromCharCode(code))
