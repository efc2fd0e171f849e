import type { User } from "@causeway/proto/api/v1/user_pb"

import { Button } from "../../ui/button.tsx"
import { EmptyState } from "../../ui/empty-state.tsx"
import { SkeletonRows } from "./skeleton-rows.tsx"
import { UserRow } from "./user-row.tsx"

interface UserTableProps {
  /** Null: the first ones are still on their way. */
  readonly users: readonly User[] | null
  readonly isLoading: boolean
  /** What they were searched by. */
  readonly filter: string
  readonly onEdit: (user: User) => void
  readonly onDelete: (user: User) => void
  readonly onClearSearch: () => void
}

/** One page of users; while the next is on its way the last one stays, dimmed. */
export function UserTable({ users, isLoading, filter, onEdit, onDelete, onClearSearch }: UserTableProps) {
  if (users?.length === 0) return <NoUsers filter={filter} onClearSearch={onClearSearch} />
  return (
    <table className="users" data-loading={isLoading && users !== null}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">State</th>
          <th scope="col">Role</th>
          <th scope="col">Team</th>
          <th scope="col">Last seen</th>
          <th scope="col" className="users-number">
            Storage
          </th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {users === null ? (
          <SkeletonRows />
        ) : (
          users.map((user) => <UserRow key={user.id} user={user} onEdit={onEdit} onDelete={onDelete} />)
        )}
      </tbody>
    </table>
  )
}

function NoUsers({ filter, onClearSearch }: { readonly filter: string; readonly onClearSearch: () => void }) {
  return (
    <EmptyState icon="users" title={filter === "" ? "No users here" : `Nobody matches “${filter}”`}>
      {filter === "" ? (
        <p>This page of the list is empty. Add a user with the button above, or go back a page.</p>
      ) : (
        <>
          <p>Every word must be in the name, the email or the team.</p>
          <Button onClick={onClearSearch}>Clear the search</Button>
        </>
      )}
    </EmptyState>
  )
}
