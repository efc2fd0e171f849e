import { useEffect, useReducer, useRef, useState } from "react"

import { Button } from "../../ui/button.tsx"
import { News, type NewsItem } from "../../ui/news.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
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
export function UsersPage() {
  const [search, setSearch] = useState("")
  const [paging, take] = useReducer(step, firstPage)
  const [dialog, setDialog] = useState<OpenDialog | null>(null)
  const [news, setNews] = useState<NewsItem | null>(null)
  const searchField = useRef<HTMLInputElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const list = useRef<HTMLElement>(null)
  const mayLoseFocus = useRef(false)
  const { state, reload } = useUserPage(paging)

  const filter = useDebounced(search, searchDelayMs)
  useEffect(() => take({ kind: "search", filter }), [filter])
  // A page begins at its top, not where the button is that led to it.
  useEffect(() => {
    if (list.current !== null && list.current.getBoundingClientRect().top < 0) list.current.scrollIntoView()
  }, [paging.tokens])
  useEffect(() => {
    if (state.kind === "loading" || !mayLoseFocus.current) return
    mayLoseFocus.current = false
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
  }, [state])

  // What had the focus may go with the reload: a button of a row that moves to another page, or "Retry".
  const reloadFromWithin = () => {
    mayLoseFocus.current = true
    reload()
  }

  const clearSearch = () => {
    if (searchField.current === null) return
    searchField.current.value = ""
    // The button that was pressed goes with the empty list.
    searchField.current.focus()
    setSearch("")
  }
  const close = (isUnsure: boolean) => {
    setDialog(null)
    if (isUnsure) reloadFromWithin()
  }
  const finish = (text: string) => {
    setDialog(null)
    setNews({ text })
    reloadFromWithin()
  }

  return (
    <>
      <div className="view-head">
        <h1 ref={heading} tabIndex={-1}>
          Users
        </h1>
        <p className="view-about">Everybody with an account in this workspace.</p>
        <Button look="primary" icon="plus" onClick={() => setDialog({ kind: "create" })}>
          New user
        </Button>
      </div>
      <UsersToolbar
        searchField={searchField}
        order={paging.order}
        onSearch={setSearch}
        onSort={(order) => take({ kind: "sort", order })}
      />
      <section ref={list} className="card" aria-label="List of users" aria-busy={state.kind === "loading"}>
        {state.kind === "failed" ? (
          <ProblemPanel problem={state.problem} onRetry={reloadFromWithin} />
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
      <UserDialogs open={dialog} onClose={close} onDone={finish} />
    </>
  )
}
