import type { User } from "@causeway/proto/api/v1/user_pb"
import { useMutation, useQueryClient } from "@tanstack/react-query"

import type { UserDraft } from "../../api/user-draft.ts"
import { createUser, deleteUser, undeleteUser, updateUser, userPagesKey } from "../../api/users.ts"
import { showAtOnce } from "./user-cache.ts"

/** What is to be saved; `user` null: a new one. */
export interface Saving {
  readonly user: User | null
  readonly draft: UserDraft
}

/** Creates or changes a user. A change shows at once, and is taken back when it is refused. */
export function useSaveUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ user, draft }: Saving) => (user === null ? createUser(draft) : updateUser(user, draft)),
    onMutate: ({ user, draft }) =>
      user && showAtOnce(client, userPagesKey, user.id, (shown) => ({ ...shown, ...draft })),
    onError: (_error, _saving, rollback) => rollback?.(),
    onSettled: () => client.invalidateQueries({ queryKey: userPagesKey }),
  })
}

/** Deletes a user, who is gone from the page at once, and back there when that fails. */
export function useDeleteUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: deleteUser,
    onMutate: ({ id }: User) => showAtOnce(client, userPagesKey, id, () => null),
    onError: (_error, _user, rollback) => rollback?.(),
    onSettled: () => client.invalidateQueries({ queryKey: userPagesKey }),
  })
}

/** Takes a removal back. */
export function useUndeleteUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: undeleteUser,
    onSettled: () => client.invalidateQueries({ queryKey: userPagesKey }),
  })
}
