import type { Call, StartCall } from "./call.ts"
import type { ClientName } from "./names.ts"
import { RecordedCall } from "./recorded-call.ts"
import type { Report } from "./recorded-call.ts"

/** The calls of this page, for `page.evaluate`. Each has a number. */
export interface InteropCalls {
  /** Loads a client. Must be called first. */
  load(name: ClientName, bridge: string): Promise<void>
  start(call: Call): number
  received(call: number, count: number): Promise<void>
  cancel(call: number): void
  ended(call: number): Promise<Report>
}

declare global {
  var interopCalls: InteropCalls
}

const loaders: Readonly<Record<ClientName, () => Promise<StartCall>>> = {
  causeway: async () => (await import("./causeway.ts")).startCall,
  "causeway text": async () => (await import("./causeway.ts")).startTextCall,
  "connect-web": async () => (await import("./connect-web.ts")).startCall,
  "grpc-web text": async () => (await import("./grpc-web.ts")).startTextCall,
  "grpc-web binary": async () => (await import("./grpc-web.ts")).startBinaryCall,
  "improbable-eng": async () => (await import("./improbable.ts")).startCall,
  "nice-grpc-web": async () => (await import("./nice-grpc-web.ts")).startCall,
  "protobuf-ts text": async () => (await import("./protobuf-ts.ts")).startTextCall,
  "protobuf-ts binary": async () => (await import("./protobuf-ts.ts")).startBinaryCall,
}

let loaded: { readonly startCall: StartCall; readonly bridge: string } | null = null
const calls: RecordedCall[] = []

globalThis.interopCalls = {
  async load(name, bridge) {
    loaded = { startCall: await loaders[name](), bridge }
  },
  start(call) {
    if (loaded === null) throw new Error("interopCalls.load has not been called")
    return calls.push(new RecordedCall(loaded.startCall, loaded.bridge, call)) - 1
  },
  received: (call, count) => calls[call].received(count),
  cancel: (call) => calls[call].cancel(),
  ended: (call) => calls[call].ended(),
}
