import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
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
  const nextToken = state.kind === "ready" ? state.shown.nextPageToken : ""
  return (
    <nav className="pager" aria-label="Pages of users">
      <p role="status">{state.shown?.range}</p>
      <Button icon="back" isOff={!hasPrevious} onClick={() => onStep({ kind: "previous" })}>
        Previous
      </Button>
      <Button isOff={nextToken === ""} onClick={() => onStep({ kind: "next", token: nextToken })}>
        Next
        <Icon name="forward" />
      </Button>
    </nav>
  )
}
