import type { User } from "@causeway/proto/api/v1/user_pb"

import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import type { NewsItem } from "../../ui/news.tsx"
import { useDeleteUser, useUndeleteUser } from "./use-user-changes.ts"

/** Deletes a user without confirmation, because it can be undone. `tell` receives the result and offers the undo. */
export function useRemoval(tell: (item: NewsItem) => void): (user: User) => void {
  const { mutateAsync: remove } = useDeleteUser()
  const { mutateAsync: bringBack } = useUndeleteUser()
  const tellFailure = (what: string, error: unknown) =>
    tell({ text: `${what}: ${explain(error, place).title}`, isFailure: true })

  return (user) => {
    const removed = remove(user).then(
      () => true,
      (error: unknown) => {
        tellFailure(`${user.displayName} was not deleted`, error)
        return false
      },
    )
    const undo = async (): Promise<void> => {
      // An early undo waits for the removal: before that there is nothing to restore.
      if (!(await removed)) return
      await bringBack(user).then(
        () => tell({ text: `${user.displayName} is back.` }),
        (error: unknown) => tellFailure(`${user.displayName} could not be brought back`, error),
      )
    }
    tell({ text: `${user.displayName} was deleted.`, action: { label: "Undo", run: () => void undo() } })
  }
}
