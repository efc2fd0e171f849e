import type { IncomingMessage, ServerResponse } from "node:http"

import { toJsonString } from "@bufbuild/protobuf"
import { type WatchGatewayResponse, WatchGatewayResponseSchema } from "@causeway/proto/api/v1/gateway_pb"

import type { Lab } from "./lab.ts"
import { type LabAction, labActions } from "./lab-state.ts"

/** Answers a request if it is one for the lab, which it tells. */
export type LabHandler = (request: IncomingMessage, response: ServerResponse) => boolean

interface LabHttpOptions {
  readonly lab: Lab
  /** Where the console is served: whoever comes from elsewhere is refused. */
  readonly origins: () => readonly string[]
  readonly readBridge: () => Promise<WatchGatewayResponse>
}

interface Answer {
  readonly status: number
  readonly json: string
}

/**
 * The lab over HTTP, on the console's own port, because it must work while the bridge does not:
 *
 *     GET  /lab            LabState
 *     GET  /lab/bridge     api.v1.WatchGatewayResponse in JSON: what the bridge has counted
 *     POST /lab/<action>   does it, then LabState; 500 and `{ "problem": … }` where it failed
 *
 * Only pages of the console may ask. A page of another origin cannot read an answer, and its POSTs have that origin in their
 * head; a name that was made to lead here (DNS rebinding) shows in `Host`.
 */
export function createLabHandler(options: LabHttpOptions): LabHandler {
  return (request, response) => {
    const [path = ""] = (request.url ?? "").split("?")
    if (path !== "/lab" && !path.startsWith("/lab/")) return false
    void answer(options, request, path.slice("/lab/".length)).then(({ status, json }) => {
      const headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      }
      response.writeHead(status, headers).end(json)
    })
    return true
  }
}

async function answer({ lab, origins, readBridge }: LabHttpOptions, request: IncomingMessage, rest: string) {
  const problem = refusal(request, origins())
  if (problem !== null) return failure(403, problem)
  if (request.method === "GET" && rest === "") return state(lab)
  if (request.method === "GET" && rest === "bridge") {
    return { status: 200, json: toJsonString(WatchGatewayResponseSchema, await readBridge()) }
  }
  const action = labActions.find((name) => name === rest)
  if (request.method !== "POST" || action === undefined) return failure(404, "The lab knows no such thing.")
  return act(lab, action)
}

async function act(lab: Lab, action: LabAction): Promise<Answer> {
  try {
    await lab.act(action)
    return state(lab)
  } catch (error) {
    return failure(500, error instanceof Error ? error.message : String(error))
  }
}

function state(lab: Lab): Answer {
  return { status: 200, json: JSON.stringify(lab.state()) }
}

function failure(status: number, problem: string): Answer {
  return { status, json: JSON.stringify({ problem }) }
}

/** Why the request is not from a page of the console; null: it is. Browsers leave out `Origin` on a GET of the same origin. */
function refusal({ method, headers }: IncomingMessage, origins: readonly string[]): string | null {
  const { host = "", origin } = headers
  if (!origins.some((own) => new URL(own).host === host)) return `The console is not served as ${host}.`
  const isOwn = origin === undefined ? method === "GET" : origins.includes(origin)
  return isOwn ? null : "Only pages of this console may do that."
}
