import { type BridgeAddresses, type BridgeOptions, startBridge } from "./bridge-process.ts"
import type { RunningPart } from "./part-switch.ts"

/** The bridge as a part of the demo. Every later start reuses the addresses of the first start. */
export interface BridgePart {
  readonly start: () => Promise<RunningPart>
  /** Null before the first start. */
  readonly addresses: () => BridgeAddresses | null
}

/** Makes the part. Each start calls `options`. A port of 0 there makes the first start pick a free port. */
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
