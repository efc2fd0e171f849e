import type { User } from "@causeway/proto/api/v1/user_pb"

import { DeleteDialog } from "./delete-dialog.tsx"
import { UserDialog } from "./user-dialog.tsx"

/** Which dialog is open, and for whom. */
export type OpenDialog = { readonly kind: "create" } | { readonly kind: "edit" | "delete"; readonly user: User }

interface UserDialogsProps {
  readonly open: OpenDialog | null
  /** `isUnsure`: a change was on its way; it may have been made or not. */
  readonly onClose: (isUnsure: boolean) => void
  /** Told in words what was done. */
  readonly onDone: (what: string) => void
}

/** The dialog that is open, if one is. */
export function UserDialogs({ open, onClose, onDone }: UserDialogsProps) {
  switch (open?.kind) {
    case "create":
      return <UserDialog user={null} onClose={onClose} onSaved={onDone} />
    case "edit":
      return <UserDialog user={open.user} onClose={onClose} onSaved={onDone} />
    case "delete":
      return <DeleteDialog user={open.user} onClose={onClose} onDeleted={onDone} />
    case undefined:
      return null
  }
}
