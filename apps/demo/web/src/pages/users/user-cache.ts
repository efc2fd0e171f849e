import type { ListUsersResponse, User } from "@causeway/proto/api/v1/user_pb"
import type { QueryClient, QueryKey } from "@tanstack/react-query"

/** Takes an optimistic change back. */
export type Rollback = () => void

/**
 * Shows a change on all loaded pages (found by `pagesKey`) before the service has made it. `change` returns the future
 * user, or null if it will be deleted. Requests in flight are canceled, because their answers would show the old state
 * again.
 */
export async function showAtOnce(
  client: QueryClient,
  pagesKey: QueryKey,
  id: string,
  change: (user: User) => User | null,
): Promise<Rollback> {
  const pages = { queryKey: pagesKey }
  await client.cancelQueries(pages)
  const before = client.getQueriesData<ListUsersResponse>(pages)
  client.setQueriesData<ListUsersResponse>(pages, (page) => page && withChange(page, id, change))
  return () => before.forEach(([key, page]) => client.setQueryData(key, page))
}

function withChange(page: ListUsersResponse, id: string, change: (user: User) => User | null): ListUsersResponse {
  const users = page.users.flatMap((user) => (user.id === id ? (change(user) ?? []) : [user]))
  return { ...page, users, totalSize: page.totalSize - BigInt(page.users.length - users.length) }
}
