import { createClient } from "@causeway/client"
import { type ListUsersResponse, type User, type UserOrder, UserService } from "@causeway/proto/api/v1/user_pb"

import { transport } from "./transport.ts"
import { changedFields, type UserDraft } from "./user-draft.ts"

const client = createClient(UserService, transport)

/** Which users to list: those that match all words of `filter`, in this order, from the page with this token. */
export interface UserQuery {
  readonly filter: string
  readonly order: UserOrder
  readonly pageToken: string
  readonly pageSize: number
}

/** One page of users. Rejects with an `RpcError`; `signal` cancels the call. */
export async function listUsers(query: UserQuery, signal: AbortSignal): Promise<ListUsersResponse> {
  return client.listUsers(query, { signal })
}

/** Adds a user. INVALID_ARGUMENT and ALREADY_EXISTS say which fields are at fault: `fieldErrors` in problem.ts. */
export async function createUser(draft: UserDraft, signal: AbortSignal): Promise<void> {
  await client.createUser({ user: draft }, { signal })
}

/** Changes what differs between the user and the draft, and nothing else; without a difference no call is made. */
export async function updateUser(user: User, draft: UserDraft, signal: AbortSignal): Promise<void> {
  const paths = changedFields(user, draft)
  if (paths.length === 0) return
  await client.updateUser({ user: { id: user.id, ...draft }, updateMask: { paths } }, { signal })
}

/** Removes a user for good. */
export async function deleteUser(user: User, signal: AbortSignal): Promise<void> {
  await client.deleteUser({ id: user.id }, { signal })
}
