import type { IncomingMessage, ServerResponse } from "node:http"

import { toJsonString } from "@bufbuild/protobuf"
import { type WatchBridgeResponse, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"

import type { Lab } from "./lab.ts"
import { type LabAction, labActions } from "./lab-state.ts"

/** Answers requests to the lab. Returns false, and leaves the request alone, if its path is not the lab's. */
export type LabHandler = (request: IncomingMessage, response: ServerResponse) => boolean

interface LabHttpOptions {
  readonly lab: Lab
  /** Origins of the console. Requests from all other origins are refused. */
  readonly origins: () => readonly string[]
  readonly readBridge: () => Promise<WatchBridgeResponse>
}

interface Answer {
  readonly status: number
  readonly json: string
}

/**
 * Makes the lab's HTTP interface. It is on the console's port, because it must work while the bridge is down:
 *
 *     GET  /lab            LabState
 *     GET  /lab/bridge     api.v1.WatchBridgeResponse in JSON: the bridge's metrics
 *     POST /lab/<action>   runs the action, then LabState; on failure 500 and `{ "problem": … }`
 *
 * Only pages of the console may use it. Pages of other origins cannot read the responses, and their POSTs carry their
 * origin in `Origin`. DNS rebinding shows in `Host`, which then has the attacker's name.
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
    return { status: 200, json: toJsonString(WatchBridgeResponseSchema, await readBridge()) }
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

/**
 * Returns why the request is refused. Null means that it comes from a page of the console. A same-origin GET is
 * accepted without `Origin`, because browsers omit it there.
 */
function refusal({ method, headers }: IncomingMessage, origins: readonly string[]): string | null {
  const { host = "", origin } = headers
  if (!origins.some((own) => new URL(own).host === host)) return `The console is not served as ${host}.`
  const isOwn = origin === undefined ? method === "GET" : origins.includes(origin)
  return isOwn ? null : "Only pages of this console may do that."
}
