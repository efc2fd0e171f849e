import type { UserOrder } from "@causeway/proto/api/v1/user_pb"
import { type RefObject, useId } from "react"

import { Icon } from "../../ui/icon.tsx"
import { orders, valueOf } from "./user-words.ts"

interface UsersToolbarProps {
  /** The search field keeps its own text; who holds this may empty it. */
  readonly searchField: RefObject<HTMLInputElement | null>
  readonly order: UserOrder
  readonly onSearch: (search: string) => void
  readonly onSort: (order: UserOrder) => void
}

/** Search and order. */
export function UsersToolbar({ searchField, order, onSearch, onSort }: UsersToolbarProps) {
  const id = useId()
  return (
    <search className="toolbar">
      <div className="search">
        <label className="visually-hidden" htmlFor={`${id}-search`}>
          Search users
        </label>
        <Icon name="search" />
        <input
          ref={searchField}
          id={`${id}-search`}
          className="input"
          type="search"
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          placeholder="Search name, email or team"
          onInput={(event) => onSearch(event.currentTarget.value)}
        />
      </div>
      <div className="sort">
        <label htmlFor={`${id}-sort`}>Sort by</label>
        <select
          id={`${id}-sort`}
          className="input"
          value={order}
          onChange={(event) => onSort(valueOf(orders, event.target.value, order))}
        >
          {orders.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
    </search>
  )
}
