/** The answer to a request for a page. */
export interface Page {
  readonly status: number
  readonly text: string
  /** Content type. Default: plain text. */
  readonly type?: string
}

/** The parts of a request that a page looks at. */
export interface PageRequest {
  /** The text after the question mark; "" without one. */
  readonly query: string
  /** Set by browsers on requests of web pages that change something. */
  readonly origin: string | undefined
  /** The request's Host is none that a web site can have, or is allowed. */
  readonly isFromOperator: boolean
}

/** A page of the admin port. */
export interface AdminPage {
  readonly path: string
  /** GET includes HEAD. */
  readonly method: "GET" | "POST"
  /** Lines of the index, without the path. */
  readonly meanings: readonly PageMeaning[]
  /** `operators`: the page answers only under names that no web site can have, and to a few readers at a time. */
  readonly isFor: "everyone" | "operators"
  answer(request: PageRequest): Page | Promise<Page>
}

/** A way to ask for a page, and its use. */
export interface PageMeaning {
  /** The text after the path, such as `?verbose`. */
  readonly suffix: string
  readonly words: string
}

/** A page as JSON. */
export function jsonPage(value: unknown, status = 200): Page {
  return { status, text: `${JSON.stringify(value, null, 2)}\n`, type: "application/json" }
}
