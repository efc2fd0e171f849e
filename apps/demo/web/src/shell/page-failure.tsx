import { place } from "../api/place.ts"
import { explain } from "../api/problem.ts"
import { ProblemPanel } from "../ui/problem-panel.tsx"

/** Instead of a page whose code could not be loaded, or that threw. The rest of the console goes on. */
export function PageFailure({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  return <ProblemPanel problem={explain(error, place)} onRetry={reset} />
}
