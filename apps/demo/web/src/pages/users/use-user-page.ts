import type { User } from "@causeway/proto/api/v1/user_pb"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useRef } from "react"

import { place } from "../../api/place.ts"
import { explain, type Problem } from "../../api/problem.ts"
import { userPage } from "../../api/users.ts"
import { formatRange, type Paging, pageToken } from "./paging.ts"

/** How many users a page has. */
export const pageSize = 20

/** A page as it is shown: the one asked for, or the one before it while that is on its way. */
export interface ShownPage {
  readonly users: readonly User[]
  readonly nextPageToken: string
  /** What was searched for. */
  readonly filter: string
  /** Which users of all these are. */
  readonly range: string
}

/** A page on its way, with the one before it if there was one; a page; or why there is none. */
export type UserPage =
  | { readonly kind: "loading"; readonly shown: ShownPage | null }
  | { readonly kind: "ready"; readonly shown: ShownPage }
  | { readonly kind: "failed"; readonly shown: null; readonly problem: Problem }

/** The page of users that `paging` asks for. `reload` asks for it again. A page that is no longer wanted is cancelled. */
export function useUserPage(paging: Paging): { readonly state: UserPage; readonly reload: () => void } {
  const { filter, order } = paging
  const query = useQuery({
    ...userPage({ filter, order, pageToken: pageToken(paging), pageSize }),
    placeholderData: keepPreviousData,
  })
  const { data, error, isPlaceholderData } = query
  const shownPaging = useRef(paging)
  if (!isPlaceholderData) shownPaging.current = paging
  const reload = () => void query.refetch()

  if (error !== null) return { state: { kind: "failed", shown: null, problem: explain(error, place) }, reload }
  if (data === undefined) return { state: { kind: "loading", shown: null }, reload }
  const { users, nextPageToken } = data
  const range = formatRange(shownPaging.current, pageSize, data)
  const shown = { users, nextPageToken, filter: shownPaging.current.filter, range }
  return { state: { kind: isPlaceholderData ? "loading" : "ready", shown }, reload }
}
