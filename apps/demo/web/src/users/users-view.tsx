import { useEffect, useReducer, useRef, useState } from "react"

import { Icon } from "../ui/icon.tsx"
import { News, type NewsItem } from "../ui/news.tsx"
import { ProblemPanel } from "../ui/problem-panel.tsx"
import { Pager } from "./pager.tsx"
import { firstPage, step } from "./paging.ts"
import { useDebounced } from "./use-debounced.ts"
import { useUserPage } from "./use-user-page.ts"
import { type OpenDialog, UserDialogs } from "./user-dialogs.tsx"
import { UserTable } from "./user-table.tsx"
import { UsersToolbar } from "./users-toolbar.tsx"
import "./users.css"

/** Long enough not to ask for every letter, short enough to feel direct. */
const searchDelayMs = 200

/** The users: search, sort, page, create, edit, delete. */
export function UsersView() {
  const [search, setSearch] = useState("")
  const [paging, take] = useReducer(step, firstPage)
  const [dialog, setDialog] = useState<OpenDialog | null>(null)
  const [news, setNews] = useState<NewsItem | null>(null)
  const [deletions, setDeletions] = useState(0)
  const searchField = useRef<HTMLInputElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const { state, reload } = useUserPage(paging)

  const filter = useDebounced(search, searchDelayMs)
  useEffect(() => take({ kind: "search", filter }), [filter])
  // The dialog gives the focus back to its button, but that one goes with the user's row.
  useEffect(() => {
    if (deletions > 0) heading.current?.focus()
  }, [deletions])

  const clearSearch = () => {
    if (searchField.current === null) return
    searchField.current.value = ""
    // The button that was pressed goes with the empty list.
    searchField.current.focus()
    setSearch("")
  }
  const close = (isUnsure: boolean) => {
    setDialog(null)
    if (isUnsure) reload()
  }
  const finish = (text: string) => {
    setDialog(null)
    setNews({ text })
    reload()
  }

  return (
    <>
      <div className="view-head">
        <h1 ref={heading} tabIndex={-1}>
          Users
        </h1>
        <p className="view-about">Everybody with an account in this workspace.</p>
        <button type="button" className="button button-primary" onClick={() => setDialog({ kind: "create" })}>
          <Icon name="plus" />
          New user
        </button>
      </div>
      <UsersToolbar
        searchField={searchField}
        order={paging.order}
        onSearch={setSearch}
        onSort={(order) => take({ kind: "sort", order })}
      />
      <section className="card" aria-label="List of users" aria-busy={state.kind === "loading"}>
        {state.kind === "failed" ? (
          <ProblemPanel problem={state.problem} onRetry={reload} />
        ) : (
          <UserTable
            users={state.shown?.response.users ?? null}
            isLoading={state.kind === "loading"}
            filter={state.shown?.filter ?? ""}
            onEdit={(user) => setDialog({ kind: "edit", user })}
            onDelete={(user) => setDialog({ kind: "delete", user })}
            onClearSearch={clearSearch}
          />
        )}
        <Pager paging={paging} state={state} onStep={take} />
      </section>
      <News item={news} />
      <UserDialogs
        open={dialog}
        onClose={close}
        onSaved={finish}
        onDeleted={(what) => {
          finish(what)
          setDeletions((before) => before + 1)
        }}
      />
    </>
  )
}
