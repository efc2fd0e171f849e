import type { ListUsersResponse, User } from "@causeway/proto/api/v1/user_pb"
import type { QueryClient, QueryKey } from "@tanstack/react-query"

/** Takes an optimistic change back. */
export type Rollback = () => void

/**
 * Shows a change on all pages in hand, which are found by `pagesKey`, before the service has made it: `change` gives the user as it will be, or null for one
 * that will be gone. What is on its way is cancelled, for it would show the old state again.
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
