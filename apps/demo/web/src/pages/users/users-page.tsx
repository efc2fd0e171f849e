import type { User } from "@causeway/proto/api/v1/user_pb"
import { useEffect, useReducer, useRef, useState } from "react"

import { Button } from "../../ui/button.tsx"
import { News, type NewsItem } from "../../ui/news.tsx"
import { PageHead } from "../../ui/page-head.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { Pager } from "./pager.tsx"
import { firstPage, step } from "./paging.ts"
import { useDebounced } from "./use-debounced.ts"
import { useLiveUsers } from "./use-live-users.ts"
import { useRemoval } from "./use-removal.ts"
import { useUserPage } from "./use-user-page.ts"
import { UserDialog } from "./user-dialog.tsx"
import { UserTable } from "./user-table.tsx"
import { UsersToolbar } from "./users-toolbar.tsx"
import "./users.css"

/** Long enough not to ask for every letter, short enough to feel direct. */
const searchDelayMs = 200

/** The users: search, sort, page, create, edit, delete. */
export function UsersPage() {
  const [search, setSearch] = useState("")
  const [paging, take] = useReducer(step, firstPage)
  /** Undefined: no dialog is open; null: that for a new user. */
  const [edited, setEdited] = useState<User | null>()
  const [news, setNews] = useState<NewsItem | null>(null)
  const searchField = useRef<HTMLInputElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const list = useRef<HTMLElement>(null)
  const { state, reload } = useUserPage(paging)
  const isLive = useLiveUsers()
  const remove = useRemoval(setNews)

  const filter = useDebounced(search, searchDelayMs)
  useEffect(() => take({ kind: "search", filter }), [filter])
  // A page begins at its top, not where the button is that led to it.
  useEffect(() => {
    if (list.current !== null && list.current.getBoundingClientRect().top < 0) list.current.scrollIntoView()
  }, [paging.tokens])

  // What has the focus goes: the heading is the nearest thing that stays.
  const focusHeading = () => heading.current?.focus({ preventScroll: true })
  const clearSearch = () => {
    if (searchField.current === null) return
    searchField.current.value = ""
    // The button that was pressed goes with the empty list.
    searchField.current.focus()
    setSearch("")
  }
  const finish = (text: string) => {
    setEdited(undefined)
    setNews({ text })
  }

  return (
    <>
      <PageHead
        title="Users"
        heading={heading}
        about={
          <>
            Everybody with an account in this workspace.{" "}
            <span className="users-live" data-live={isLive}>
              {isLive ? "In step with every other tab" : "Not in step with other tabs"}
            </span>
          </>
        }
      >
        <Button look="primary" icon="plus" onClick={() => setEdited(null)}>
          New user
        </Button>
      </PageHead>
      <UsersToolbar
        searchField={searchField}
        order={paging.order}
        onSearch={setSearch}
        onSort={(order) => take({ kind: "sort", order })}
      />
      <section ref={list} className="card" aria-label="List of users" aria-busy={state.kind === "loading"}>
        {state.kind === "failed" ? (
          <ProblemPanel
            problem={state.problem}
            onRetry={() => {
              focusHeading()
              reload()
            }}
          />
        ) : (
          <UserTable
            users={state.shown?.users ?? null}
            isLoading={state.kind === "loading"}
            filter={state.shown?.filter ?? ""}
            onEdit={setEdited}
            onDelete={(user) => {
              focusHeading()
              remove(user)
            }}
            onClearSearch={clearSearch}
          />
        )}
        <Pager paging={paging} state={state} onStep={take} />
      </section>
      <News item={news} />
      {edited !== undefined && <UserDialog user={edited} onClose={() => setEdited(undefined)} onSaved={finish} />}
    </>
  )
}
