const env = process.env

/**
 * How each property is tried: on CAUSEWAY_FUZZ_RUNS inputs (default 1000). A failure names its seed and path; CAUSEWAY_FUZZ_SEED and
 * CAUSEWAY_FUZZ_PATH try that one again.
 */
export const fuzzRuns: { readonly numRuns: number; readonly seed?: number; readonly path?: string } = {
  numRuns: Number(env["CAUSEWAY_FUZZ_RUNS"] ?? 1000),
  ...(env["CAUSEWAY_FUZZ_SEED"] === undefined ? {} : { seed: Number(env["CAUSEWAY_FUZZ_SEED"]) }),
  ...(env["CAUSEWAY_FUZZ_PATH"] === undefined ? {} : { path: env["CAUSEWAY_FUZZ_PATH"] }),
}
