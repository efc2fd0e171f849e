import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import type { WatchResponse } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { bufferedRequests, createClient, createTransport } from "../src/index.ts"
import type { Client, TransportOptions } from "../src/index.ts"
import { scriptedFetch } from "./scripted-fetch.ts"
import type { ScriptedFetch } from "./scripted-fetch.ts"

/** Clients of the demo's services, one for each kind of method, over one transport. */
export interface Clients {
  /** Unary methods. */
  readonly users: Client<typeof UserService>
  /** A server stream. */
  readonly audit: Client<typeof AuditService>
  /** A client stream. */
  readonly imports: Client<typeof ImportService>
  /** A bidi stream. */
  readonly support: Client<typeof SupportService>
}

/** Clients that call a real address. */
export function clientsOf(options: TransportOptions): Clients {
  const transport = createTransport({ requestStreaming: bufferedRequests(), ...options })
  return {
    users: createClient(UserService, transport),
    audit: createClient(AuditService, transport),
    imports: createClient(ImportService, transport),
    support: createClient(SupportService, transport),
  }
}

/** Clients whose requests are answered from a script, and the requests they made. */
export function scriptedClients(
  answers: Parameters<typeof scriptedFetch>[0],
  options: Partial<TransportOptions> & Parameters<typeof scriptedFetch>[1] = {},
): Clients & Pick<ScriptedFetch, "requests"> {
  const { fetch, requests } = scriptedFetch(answers, options)
  return { ...clientsOf({ baseUrl: "https://api.test", fetch, ...options }), requests }
}

/** The words that `watchFrame` put into the messages of a stream. */
export function wordsOf(messages: readonly WatchResponse[]): (string | undefined)[] {
  return messages.map((message) => message.caughtUp?.cursor)
}
