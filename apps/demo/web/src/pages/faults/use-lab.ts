import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"

import type { LabAction, LabState } from "../../../../start/lab-state.ts"
import { actInLab, readLab } from "../../api/lab.ts"

/** The time limit of an action, in milliseconds. The bridge has a second of grace, and slow machines need more. */
const actWithinMs = 20_000

/** The lab as the page uses it. */
export interface LabControl {
  /** The last state that was read; undefined before the first reading. */
  readonly state: LabState | undefined
  /** The reason why the state could not be read or the last action failed; null: no failure. */
  readonly problem: string | null
  /** The action in progress. */
  readonly doing: LabAction | null
  readonly act: (action: LabAction) => void
}

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
  const action = useMutation({
    mutationFn: (name: LabAction) => actInLab(name, AbortSignal.timeout(actWithinMs)),
    onSuccess: (state) => client.setQueryData(queryKey, state),
  })
  const unread = error === null ? null : "The console’s own server does not answer. Is npm start still running?"
  return {
    state: data,
    problem: unread ?? action.error?.message ?? null,
    doing: action.isPending ? action.variables : null,
    act: (name) => action.mutate(name),
  }
}
