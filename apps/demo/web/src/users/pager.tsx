import { Icon } from "../ui/icon.tsx"
import type { Paging, PagingStep } from "./paging.ts"
import type { UserPage } from "./use-user-page.ts"

interface PagerProps {
  readonly paging: Paging
  readonly state: UserPage
  readonly onStep: (step: PagingStep) => void
}

/** Which users are shown, and the way to those before and after. */
export function Pager({ paging, state, onStep }: PagerProps) {
  const hasPrevious = paging.tokens.length > 1
  const nextToken = state.kind === "ready" ? state.shown.response.nextPageToken : ""
  // aria-disabled, not disabled: a button that is switched off while it has the focus would lose it.
  return (
    <nav className="pager" aria-label="Pages">
      <p role="status">{state.shown?.range}</p>
      <button
        type="button"
        className="button"
        aria-disabled={!hasPrevious}
        onClick={() => onStep({ kind: "previous" })}
      >
        <Icon name="back" />
        Previous
      </button>
      <button
        type="button"
        className="button"
        aria-disabled={nextToken === ""}
        onClick={() => onStep({ kind: "next", token: nextToken })}
      >
        Next
        <Icon name="forward" />
      </button>
    </nav>
  )
}
