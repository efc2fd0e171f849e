import type { ListUsersRequest, UserService } from "@causeway/proto/api/v1/user_pb"
import type { ServiceImpl } from "@connectrpc/connect"

import type { Accounts, Outcome } from "./accounts.ts"
import { alreadyExists, invalidArgument, noSuchUser } from "./rpc-errors.ts"
import { decodePageToken, encodePageToken, filterWords, type PageEnd, sortings, type UserQuery } from "./user-pages.ts"
import { checkChange, checkNewUser } from "./user-rules.ts"
import { type StoredUser, toMessage, type UserStore } from "./user-store.ts"
import { required, tooLong, type Violation } from "./violation.ts"

const DEFAULT_PAGE_SIZE = 50
const MAX_PAGE_SIZE = 200
const MAX_FILTER_CHARACTERS = 100

/** Who the audit log says did it: the demo has no accounts of its own to sign in with. */
const ACTOR = "console"

/** api.v1.UserService over the store. */
export function createUserService(users: UserStore, accounts: Accounts): ServiceImpl<typeof UserService> {
  return {
    getUser({ id }) {
      if (id === "") throw invalidArgument([required("id")])
      const user = users.get(id)
      if (user === null) throw noSuchUser(id)
      return { user: toMessage(user) }
    },
    listUsers(request) {
      const { query, after, limit } = readListRequest(request)
      const page = users.page(query, after, limit)
      return {
        users: page.users.map(toMessage),
        nextPageToken: page.end === null ? "" : encodePageToken(query, page.end),
        totalSize: BigInt(users.count(query.words)),
      }
    },
    createUser({ user }) {
      const checked = checkNewUser(user)
      if (checked.kind === "invalid") throw invalidArgument(checked.violations)
      return { user: toMessage(done(accounts.create(checked.value, ACTOR), "")) }
    },
    updateUser({ user, updateMask }) {
      const checked = checkChange(user, updateMask?.paths ?? [])
      if (checked.kind === "invalid") throw invalidArgument(checked.violations)
      const id = user?.id ?? ""
      return { user: toMessage(done(accounts.update(id, checked.value, ACTOR), id)) }
    },
    deleteUser({ id }) {
      if (id === "") throw invalidArgument([required("id")])
      done(accounts.delete(id, ACTOR), id)
      return {}
    },
    undeleteUser({ id }) {
      if (id === "") throw invalidArgument([required("id")])
      return { user: toMessage(done(accounts.undelete(id, ACTOR), id)) }
    },
  }
}

function done(outcome: Outcome, id: string): StoredUser {
  switch (outcome.kind) {
    case "done":
      return outcome.user
    case "unknown user":
      throw noSuchUser(id)
    case "email taken":
      throw alreadyExists(outcome.violation)
  }
}

function readListRequest(request: ListUsersRequest): { query: UserQuery; after: PageEnd | null; limit: number } {
  const { pageSize, pageToken, filter, order } = request
  const query = { words: filterWords(filter), order }
  const after = pageToken === "" ? null : decodePageToken(query, pageToken)
  const violations = [
    pageSize < 0 ? { field: "page_size", reason: "NEGATIVE", description: "must not be negative" } : null,
    tooLong("filter", filter, MAX_FILTER_CHARACTERS),
    sortings.has(order) ? null : unknownOrder,
    pageToken !== "" && after === null ? badPageToken : null,
  ].filter((violation) => violation !== null)
  if (violations.length > 0) throw invalidArgument(violations)
  return { query, after, limit: Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE) }
}

const unknownOrder: Violation = {
  field: "order",
  reason: "UNKNOWN_VALUE",
  description: "must be one of the values of the API",
}

const badPageToken: Violation = {
  field: "page_token",
  reason: "PAGE_TOKEN",
  description: "is not a token that was given for this filter and order; start again without it",
}
