import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"

import type { LabAction, LabState } from "../../../start/lab-state.ts"
import { actInLab, readLab, setShareInLab } from "./lab.ts"

/** The time limit of an action, in milliseconds. The bridge has a second of grace, and slow machines need more. */
const actWithinMs = 20_000

/** The lab as a page uses it. */
export interface LabControl {
  /** The last state that was read; undefined before the first reading. */
  readonly state: LabState | undefined
  /** The reason why the state could not be read or the last action failed; null: no failure. */
  readonly problem: string | null
  /** The action in progress. */
  readonly doing: LabAction | null
  readonly act: (action: LabAction) => void
  /** Sets the share of the second version, in percent. Resolves at the end, also of a failure. */
  readonly setShare: (percent: number) => Promise<void>
}

/** What the action that was asked for last has come to matters, so all of them are one mutation. */
type Asked =
  | { readonly kind: "action"; readonly name: LabAction }
  | { readonly kind: "share"; readonly percent: number }

const queryKey = ["lab"]

/** Reads the lab's state every second, and acts in it. */
export function useLab(): LabControl {
  const client = useQueryClient()
  const { data, error } = useQuery({
    queryKey,
    queryFn: ({ signal }) => readLab(signal),
    refetchInterval: 1_000,
    staleTime: 0,
  })
  const asked = useMutation({
    mutationFn: (what: Asked) => {
      const signal = AbortSignal.timeout(actWithinMs)
      return what.kind === "action" ? actInLab(what.name, signal) : setShareInLab(what.percent, signal)
    },
    // One after the other, in the order in which they were asked for.
    scope: { id: "lab" },
    // A reading that began before the action must not bring back the state before it.
    onMutate: () => client.cancelQueries({ queryKey }),
    onSuccess: (state) => client.setQueryData(queryKey, state),
  })
  const unread = error === null ? null : "The console’s own server does not answer. Is npm start still running?"
  const doing = asked.isPending ? asked.variables : null
  return {
    state: data,
    problem: unread ?? asked.error?.message ?? null,
    doing: doing?.kind === "action" ? doing.name : null,
    act: (name) => asked.mutate({ kind: "action", name }),
    async setShare(percent) {
      await asked.mutateAsync({ kind: "share", percent }).catch(() => {})
    },
  }
}
