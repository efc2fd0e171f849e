import { type ListUsersResponse, UserOrder } from "@causeway/proto/api/v1/user_pb"

/** The position in the list. Page tokens lead only forward, so the tokens of earlier pages are kept. */
export interface Paging {
  readonly filter: string
  readonly order: UserOrder
  /** The token of each page up to the one shown; the first page's is empty. */
  readonly tokens: readonly string[]
}

/** A step of the user in the list. */
export type PagingStep =
  | { readonly kind: "search"; readonly filter: string }
  | { readonly kind: "sort"; readonly order: UserOrder }
  | { readonly kind: "next"; readonly token: string }
  | { readonly kind: "previous" }

/** The first page of all users. */
export const firstPage: Paging = { filter: "", order: UserOrder.DISPLAY_NAME, tokens: [""] }

/** The list after a step; the same object when nothing changes. A new filter or order begins at its first page. */
export function step(paging: Paging, taken: PagingStep): Paging {
  switch (taken.kind) {
    case "search": {
      const filter = taken.filter.trim()
      return filter === paging.filter ? paging : { ...paging, filter, tokens: [""] }
    }
    case "sort":
      return taken.order === paging.order ? paging : { ...paging, order: taken.order, tokens: [""] }
    case "next":
      return taken.token === "" ? paging : { ...paging, tokens: [...paging.tokens, taken.token] }
    case "previous":
      return paging.tokens.length === 1 ? paging : { ...paging, tokens: paging.tokens.slice(0, -1) }
  }
}

/** The token of the page shown. */
export function pageToken({ tokens }: Paging): string {
  return tokens.at(-1) ?? ""
}

/** Which users are shown: `21–40 of 312`. */
export function formatRange(
  { tokens }: Paging,
  pageSize: number,
  { users, totalSize }: Pick<ListUsersResponse, "users" | "totalSize">,
): string {
  if (users.length === 0) return `0 of ${totalSize}`
  const first = (tokens.length - 1) * pageSize + 1
  return `${first}–${first + users.length - 1} of ${totalSize}`
}
