import { type BridgeAddresses, type BridgeOptions, startBridge } from "./bridge-process.ts"
import type { RunningPart } from "./part-switch.ts"

/** The bridge as a part that starts always at the same addresses. */
export interface BridgePart {
  readonly start: () => Promise<RunningPart>
  /** Null before the first start. */
  readonly addresses: () => BridgeAddresses | null
}

/** Makes the part; `options` is asked for each start. Its first start picks the ports that are asked for as 0. */
export function createBridgePart(options: () => BridgeOptions): BridgePart {
  let addresses: BridgeAddresses | null = null

  async function start(): Promise<RunningPart> {
    const wanted = options()
    const again = addresses && { listen: new URL(addresses.bridge).host, admin: new URL(addresses.admin).host }
    const bridge = startBridge({ ...wanted, ...again })
    try {
      addresses = await bridge.listening
    } catch (error) {
      await bridge.stop()
      throw error
    }
    return bridge
  }

  return { start, addresses: () => addresses }
}
