/** How many inputs each property sees: CAUSEWAY_FUZZ_RUNS, default 1000. */
export const fuzzRuns: { readonly numRuns: number } = { numRuns: Number(process.env["CAUSEWAY_FUZZ_RUNS"] ?? 1000) }
