import type { User } from "@causeway/proto/api/v1/user_pb"

import { deleteUser } from "../../api/users.ts"
import { Button } from "../../ui/button.tsx"
import { Dialog } from "../../ui/dialog.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { useChange } from "./use-change.ts"

interface DeleteDialogProps {
  readonly user: User
  /** `isUnsure`: the removal was on its way; it may have been made or not. */
  readonly onClose: (isUnsure: boolean) => void
  /** Told in words what was done. */
  readonly onDeleted: (what: string) => void
}

/** Asks before a user is deleted. */
export function DeleteDialog({ user, onClose, onDeleted }: DeleteDialogProps) {
  const { state, run } = useChange<User>(deleteUser, () => onDeleted(`${user.displayName} was deleted.`))
  const close = () => onClose(state.kind === "saving")
  return (
    <Dialog title={`Delete ${user.displayName}?`} onClose={close}>
      <p>
        The account of <strong>{user.email}</strong> is removed for good. What it did stays in the audit log.
      </p>
      {state.kind === "failed" && <ProblemPanel problem={state.problem} onRetry={() => run(user)} />}
      <div className="dialog-actions">
        <Button autoFocus onClick={close}>
          Cancel
        </Button>
        <Button look="danger" isOff={state.kind === "saving"} onClick={() => run(user)}>
          {state.kind === "saving" ? "Deleting…" : "Delete user"}
        </Button>
      </div>
    </Dialog>
  )
}
