import { type User, UserState } from "@causeway/proto/api/v1/user_pb"

import { Button } from "../../ui/button.tsx"
import { Moment } from "../../ui/moment.tsx"
import { formatAgo, formatBytes, initials, labelOf, roles, states } from "./user-words.ts"
import "./user-row.css"

interface UserRowProps {
  readonly user: User
  readonly onEdit: (user: User) => void
  readonly onDelete: (user: User) => void
}

/** One user. On a narrow page what the hidden columns say stands below the name. */
export function UserRow({ user, onEdit, onDelete }: UserRowProps) {
  const role = labelOf(roles, user.role)
  const state = labelOf(states, user.state)
  // Where it does not fit into one line, it breaks before the @.
  const [mailbox, domain] = user.email.split(/(?=@[^@]*$)/)
  return (
    <tr>
      <td>
        <span className="person">
          <span className="avatar" data-tint={tint(user.id)} aria-hidden="true">
            {initials(user.displayName)}
          </span>
          <span className="person-text">
            <span className="person-name" title={user.displayName}>
              {user.displayName}
            </span>
            <span className="person-email" title={user.email}>
              {mailbox}
              <wbr />
              {domain}
            </span>
            <span className="person-more">{[state, role, user.team].filter((part) => part !== "").join(" · ")}</span>
          </span>
        </span>
      </td>
      <td>
        <span className="badge" data-tone={tones[user.state]}>
          {state}
        </span>
      </td>
      <td>{role}</td>
      <td title={user.team}>{user.team || <span className="nothing">none</span>}</td>
      <td>
        {user.lastSeenTime === undefined ? (
          <span className="nothing">never</span>
        ) : (
          <Moment time={user.lastSeenTime} format={formatAgo} />
        )}
      </td>
      <td className="users-number">{formatBytes(user.storageBytes)}</td>
      <td>
        <span className="row-actions">
          <Button look="quiet" icon="edit" isIcon title="Edit" onClick={() => onEdit(user)}>
            Edit {user.displayName}
          </Button>
          <Button look="quiet" icon="trash" isIcon title="Delete" onClick={() => onDelete(user)}>
            Delete {user.displayName}
          </Button>
        </span>
      </td>
    </tr>
  )
}

const tones: Readonly<Record<number, string>> = {
  [UserState.ACTIVE]: "good",
  [UserState.INVITED]: "waiting",
  [UserState.SUSPENDED]: "quiet",
}

/** One of the six tints of users.css, the same for a user each time. */
function tint(id: string): number {
  return [...id].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 6
}
