import { useEffect, useRef, useState } from "react"

import { place } from "../../api/place.ts"
import { explain, type Problem } from "../../api/problem.ts"

/** How a change is: not made yet, on its way, or refused. */
export type ChangeState =
  | { readonly kind: "idle" }
  | { readonly kind: "saving" }
  | { readonly kind: "failed"; readonly problem: Problem }

/**
 * One change at a time, made by `make` and reported to `onDone`. Leaving the page's part that uses this cancels a call that
 * still runs.
 */
export function useChange<T>(
  make: (input: T, signal: AbortSignal) => Promise<void>,
  onDone: (input: T) => void,
): { readonly state: ChangeState; readonly run: (input: T) => void } {
  const [state, setState] = useState<ChangeState>({ kind: "idle" })
  const running = useRef<AbortController>(null)
  useEffect(() => () => running.current?.abort(), [])

  const run = (input: T) => {
    if (state.kind === "saving") return
    const { signal } = (running.current = new AbortController())
    setState({ kind: "saving" })
    make(input, signal).then(
      () => signal.aborted || onDone(input),
      (error: unknown) => signal.aborted || setState({ kind: "failed", problem: explain(error, place) }),
    )
  }
  return { state, run }
}
