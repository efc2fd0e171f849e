/** An entry of the wire list without a case here. `why` gives the reason, or the place of its test. */
export interface Elsewhere {
  readonly id: string
  readonly title: string
  readonly why: string
}

const connect = "not applicable: the bridge does not speak the Connect protocol"

/** All entries of the wire list without a case, so every gap has a reason. */
export const elsewhere: readonly Elsewhere[] = [
  {
    id: "R26",
    title: "a proxy that shuts down says so with GOAWAY or Connection: close, and lets its calls finish",
    why: "the bridge's own test: packages/bridge/test/downstream-drain.test.ts",
  },
  {
    id: "C38",
    title: "a backend that does not answer a PING is given up within 50 s, which is too long for here",
    why: "the bridge's own test, with a scripted clock: packages/bridge/test/upstream-keepalive.test.ts",
  },
  { id: "C19", title: "a status in the trailers wins over one in the head", why: "the client's: client.test.ts" },
  { id: "C29", title: "HTTP 204 with a status has that status", why: "the client's: client.test.ts" },
  {
    id: "C45",
    title: "a timed out signal is DEADLINE_EXCEEDED, an aborted one CANCELLED",
    why: "the client's: client.test.ts",
  },
  {
    id: "C46",
    title: "a call with a deadline is sent; one whose deadline has passed is not",
    why: "the client's: client.test.ts",
  },
  { id: "C58", title: "a unary call of Connect that fails has its HTTP status and details", why: connect },
  { id: "C59", title: "a stream of Connect ends with an error where the backend gave no status", why: connect },
  { id: "C60", title: "an error of Connect keeps its trailers", why: connect },
  { id: "C61", title: "a GET of Connect gives what the POST gives", why: connect },
  {
    id: "C63",
    title: "a unary answer of no message or of two is UNIMPLEMENTED",
    why: "the client's: client.test.ts; over Connect not applicable. Over gRPC-Web a bridge without a schema passes it on: R28",
  },
  { id: "C64", title: "the Connect conformance suite passes", why: "npm run conformance: e2e/conformance" },
]
