import type { ListUsersResponse } from "@causeway/proto/api/v1/user_pb"
import { useEffect, useMemo, useState } from "react"

import { place } from "../../api/place.ts"
import { explain, type Problem } from "../../api/problem.ts"
import { listUsers } from "../../api/users.ts"
import { formatRange, type Paging, pageToken } from "./paging.ts"

/** How many users a page has. */
export const pageSize = 20

/** A page that came, what was searched for, and which users of all it shows. */
export interface ShownPage {
  readonly response: ListUsersResponse
  readonly filter: string
  readonly range: string
}

/** A page on its way, with the one before it if there was one; a page; or why there is none. */
export type UserPage =
  | { readonly kind: "loading"; readonly shown: ShownPage | null }
  | { readonly kind: "ready"; readonly shown: ShownPage }
  | { readonly kind: "failed"; readonly shown: null; readonly problem: Problem }

/** The page of users that `paging` asks for. `reload` asks for it again. A page that is no longer wanted is cancelled. */
export function useUserPage(paging: Paging): { readonly state: UserPage; readonly reload: () => void } {
  const [reloads, setReloads] = useState(0)
  // A reload is a new request for the same page.
  const request = useMemo(() => ({ paging, reloads }), [paging, reloads])
  const [settled, setSettled] = useState<{ readonly request: object; readonly state: UserPage } | null>(null)

  useEffect(() => {
    const abort = new AbortController()
    void load(paging, abort.signal).then((state) => {
      if (!abort.signal.aborted) setSettled({ request, state })
    })
    return () => abort.abort()
  }, [request, paging])

  const reload = () => setReloads((before) => before + 1)
  if (settled?.request === request) return { state: settled.state, reload }
  return { state: { kind: "loading", shown: settled?.state.shown ?? null }, reload }
}

async function load(paging: Paging, signal: AbortSignal): Promise<UserPage> {
  const { filter, order } = paging
  try {
    const response = await listUsers({ filter, order, pageToken: pageToken(paging), pageSize }, signal)
    return { kind: "ready", shown: { response, filter, range: formatRange(paging, pageSize, response) } }
  } catch (error) {
    return { kind: "failed", shown: null, problem: explain(error, place) }
  }
}
