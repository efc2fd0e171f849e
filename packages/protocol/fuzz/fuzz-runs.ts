const env = process.env

/**
 * The number of inputs that each property is tried with: `CAUSEWAY_FUZZ_RUNS`, default 1000. A failure prints its seed
 * and path; set `CAUSEWAY_FUZZ_SEED` and `CAUSEWAY_FUZZ_PATH` to repeat that one input.
 */
export const fuzzRuns: { readonly numRuns: number; readonly seed?: number; readonly path?: string } = {
  numRuns: Number(env["CAUSEWAY_FUZZ_RUNS"] ?? 1000),
  ...(env["CAUSEWAY_FUZZ_SEED"] === undefined ? {} : { seed: Number(env["CAUSEWAY_FUZZ_SEED"]) }),
  ...(env["CAUSEWAY_FUZZ_PATH"] === undefined ? {} : { path: env["CAUSEWAY_FUZZ_PATH"] }),
}
