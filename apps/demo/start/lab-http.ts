import type { IncomingMessage, ServerResponse } from "node:http"

import { toJsonString } from "@bufbuild/protobuf"
import { type WatchBridgeResponse, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"

import type { FleetState } from "./fleet-state.ts"
import type { Lab } from "./lab.ts"
import { labActions } from "./lab-state.ts"

/** Answers requests to the lab. Returns false, and leaves the request alone, if its path is not the lab's. */
export type LabHandler = (request: IncomingMessage, response: ServerResponse) => boolean

interface LabHttpOptions {
  readonly lab: Lab
  /** Origins of the console. Requests from all other origins are refused. */
  readonly origins: () => readonly string[]
  readonly readBridge: () => Promise<WatchBridgeResponse>
  readonly readFleet: () => Promise<FleetState>
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
 *     GET  /lab/fleet      FleetState: the bridge's upstreams and routes
 *     POST /lab/<action>   runs the action, then LabState; on failure 500 and `{ "problem": … }`
 *     POST /lab/v2-share?percent=<0 to 100>   sets the share of the second version; answers like an action
 *
 * Only pages of the console may use it. Pages of other origins cannot read the responses, and their POSTs carry their
 * origin in `Origin`. DNS rebinding shows in `Host`, which then has the attacker's name.
 */
export function createLabHandler(options: LabHttpOptions): LabHandler {
  return (request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?")
    if (path !== "/lab" && !path.startsWith("/lab/")) return false
    void answer(options, request, { name: path.slice("/lab/".length), query }).then(({ status, json }) => {
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

/** The part of the path below `/lab/`, and the query. */
interface Asked {
  readonly name: string
  readonly query: string
}

async function answer(options: LabHttpOptions, request: IncomingMessage, { name, query }: Asked): Promise<Answer> {
  const { lab, origins, readBridge, readFleet } = options
  const problem = refusal(request, origins())
  if (problem !== null) return failure(403, problem)
  if (request.method === "GET") {
    if (name === "") return state(lab)
    if (name === "bridge") return { status: 200, json: toJsonString(WatchBridgeResponseSchema, await readBridge()) }
    if (name === "fleet") return { status: 200, json: JSON.stringify(await readFleet()) }
  }
  const act = request.method === "POST" ? actOf(lab, name, query) : null
  return act === null ? failure(404, "The lab knows no such thing.") : run(lab, act)
}

/** Null: the lab knows no such action. */
function actOf(lab: Lab, name: string, query: string): (() => Promise<void>) | null {
  if (name === "v2-share") {
    const percent = new URLSearchParams(query).get("percent") ?? ""
    return () => lab.setShare(percent === "" ? NaN : Number(percent))
  }
  const action = labActions.find((known) => known === name)
  return action === undefined ? null : () => lab.act(action)
}

async function run(lab: Lab, act: () => Promise<void>): Promise<Answer> {
  try {
    await act()
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
