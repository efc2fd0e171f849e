/** The reason why a request head is refused. */
export interface HeadProblem {
  /** The HTTP status that says so: 400, 417, 431, 501 or 505. */
  readonly status: number
  /** One sentence without its full stop: the problem, and the expected form. Holds no byte of the request. */
  readonly text: string
}
