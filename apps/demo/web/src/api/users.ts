import { createClient } from "@causeway/client"
import { rpcMethodKey, rpcQuery } from "@causeway/client/react"
import { type User, type UserOrder, UserService } from "@causeway/proto/api/v1/user_pb"

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

/** One page of users, for `useQuery`. A failure is shown at once; the user decides whether to retry. */
export function userPage(query: UserQuery) {
  return { ...rpcQuery(client.listUsers, query), retry: false }
}

/** What all pages of users are found by in the query client. */
export const userPagesKey = rpcMethodKey(client.listUsers)

/** Adds a user. INVALID_ARGUMENT and ALREADY_EXISTS say which fields are at fault: `fieldErrors` in problem.ts. */
export async function createUser(draft: UserDraft, signal?: AbortSignal): Promise<void> {
  await client.createUser({ user: draft }, { signal })
}

/** Changes what differs between the user and the draft, and nothing else; without a difference no call is made. */
export async function updateUser(user: User, draft: UserDraft, signal?: AbortSignal): Promise<void> {
  const paths = changedFields(user, draft)
  if (paths.length === 0) return
  await client.updateUser({ user: { id: user.id, ...draft }, updateMask: { paths } }, { signal })
}

/** Removes a user. `undeleteUser` takes it back, for ten minutes. */
export async function deleteUser(user: User): Promise<void> {
  await client.deleteUser({ id: user.id })
}

/** Takes back a removal. */
export async function undeleteUser(user: User): Promise<void> {
  await client.undeleteUser({ id: user.id })
}

/** Requests a page of users and drops the answer, so that there is a call to look at. */
export async function touchUsers(pageSize: number, signal: AbortSignal): Promise<void> {
  await client.listUsers({ pageSize }, { signal })
}
