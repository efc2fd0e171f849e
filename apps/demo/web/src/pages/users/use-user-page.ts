import type { User } from "@causeway/proto/api/v1/user_pb"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useRef } from "react"

import { place } from "../../api/place.ts"
import { explain, type Problem } from "../../api/problem.ts"
import { userPage } from "../../api/users.ts"
import { formatRange, type Paging, pageToken } from "./paging.ts"

/** How many users a page has. */
export const pageSize = 20

/** The shown page: the requested page, or the previous one while the request is in flight. */
export interface ShownPage {
  readonly users: readonly User[]
  readonly nextPageToken: string
  /** What was searched for. */
  readonly filter: string
  /** Which users of all these are. */
  readonly range: string
}

/** A page in flight, with the previous page if there was one; a loaded page; or an error. */
export type UserPage =
  | { readonly kind: "loading"; readonly shown: ShownPage | null }
  | { readonly kind: "ready"; readonly shown: ShownPage }
  | { readonly kind: "failed"; readonly shown: null; readonly problem: Problem }

/**
 * The page of users that `paging` selects. `reload` requests it again. The request of a page that is no longer shown is
 * canceled.
 */
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
