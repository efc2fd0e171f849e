import { useQuery } from "@tanstack/react-query"

import type { FleetState } from "../../../../start/fleet-state.ts"
import { readFleet } from "../../api/lab.ts"

const unanswered: FleetState = {
  kind: "unreadable",
  why: "The console’s own server does not answer. Is npm start still running?",
}

/** The bridge's upstreams and routes, read every second. Null before the first reading. */
export function useFleet(): FleetState | null {
  const { data, error } = useQuery({
    queryKey: ["fleet"],
    queryFn: ({ signal }) => readFleet(signal),
    refetchInterval: 1_000,
    staleTime: 0,
    retry: false,
  })
  return error === null ? (data ?? null) : unanswered
}
