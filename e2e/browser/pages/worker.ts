import { createClient, createTransport, isRpcError } from "@causeway/client"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"

/** A message to a service worker, which keeps the worker alive while the promise is pending. */
interface Extendable {
  waitUntil?(work: Promise<unknown>): void
}

addEventListener("message", onBridge)
// Of a shared worker: the first port belongs to the page that has connected.
addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports
  port.addEventListener("message", onBridge)
  port.start()
})

function onBridge(event: MessageEvent<string> & Extendable): void {
  const [port] = event.ports
  const calls = makeCalls(event.data, (words) => port.postMessage(words))
  event.waitUntil?.(calls)
}

/** A unary call, one that fails, and a stream that is left after its second message. */
async function makeCalls(baseUrl: string, tell: (words: string) => void): Promise<void> {
  const transport = createTransport({ baseUrl })
  try {
    const users = createClient(UserService, transport)
    const { user } = await users.getUser({ id: "1" })
    tell(`found ${user?.displayName}`)
    await users.getUser({ id: "missing" }).catch((error: unknown) => tell(isRpcError(error) ? error.message : "?"))
    for await (const { event } of createClient(AuditService, transport).watch({})) {
      tell(`event ${event?.sequence}`)
      if (event?.sequence === 2n) break
    }
    tell("left")
  } catch (error) {
    tell(`failed: ${String(error)}`)
  }
}
