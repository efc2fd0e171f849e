import { place } from "../api/place.ts"
import { explain } from "../api/problem.ts"
import { ProblemPanel } from "../ui/problem-panel.tsx"

/** Replaces a page that threw, or whose code could not be loaded. The rest of the console keeps working. */
export function PageFailure({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  return <ProblemPanel problem={explain(error, place)} onRetry={reset} />
}
