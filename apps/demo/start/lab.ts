import type { Canary } from "./canary.ts"
import type { FaultRelay } from "./fault-relay.ts"
import type { LabAction, LabState, LastingFault } from "./lab-state.ts"
import type { PartSwitch } from "./part-switch.ts"

/** The parts of the demo that the lab can break. */
export interface LabParts {
  readonly bridge: PartSwitch
  readonly service: PartSwitch
  /** The server of the second version. */
  readonly v2: PartSwitch
  readonly canary: Canary
  /** Relay between the page and the bridge. Only calls to `pageLineUrl` go through it. */
  readonly pageLine: () => FaultRelay
  /** Relay between the bridge and the service, for all calls. Null while the service is stopped. */
  readonly serviceLine: () => FaultRelay | null
  readonly urls: () => Pick<LabState, "pageLineUrl" | "strangerOrigin">
  readonly say: (line: string) => void
}

/** Breaks parts of the demo on demand. Repairs each fault on demand or `maxFaultMs` after the last one. */
export interface Lab {
  state(): LabState
  /** Resolves when the action is done. Rejects if a part could not be started. The timer then tries again later. */
  act(action: LabAction): Promise<void>
  /** Sets the share of the second version, in percent. Rejects as `Canary.setShare` does. */
  setShare(percent: number): Promise<void>
  /** Delay of each call to the service. 0 unless the service is slow. */
  delayMs(): number
  /** Records that the bridge ended unexpectedly. The lab restarts it as if it had been stopped on the Faults page. */
  noteLostBridge(): void
  close(): void
}

/** The lab repairs all faults this long after the last one. */
const maxFaultMs = 30_000

/** Long enough for a person to notice, and for calls with a shorter deadline to exceed it. */
const slowMs = 3_000

/** Longer than a handshake, so the cut hits a response. About a quarter of a list of 200 users. */
const cutAfterBytes = 8_192

/** Makes the lab, without a fault. */
export function createLab(parts: LabParts): Lab {
  const { bridge, service, v2, canary, pageLine, serviceLine, urls, say } = parts
  const faults = new Set<LastingFault>()
  let timer: NodeJS.Timeout | null = null
  let restoreAtMs = 0

  const actions: Readonly<Record<LabAction, () => unknown>> = {
    "service-stopped": () => last("service-stopped", () => service.stop("it was stopped on the Faults page")),
    "service-slow": () => last("service-slow", () => {}),
    "bridge-stopped": () => last("bridge-stopped", () => bridge.stop("it was stopped on the Faults page")),
    "v2-stopped": stopV2,
    "repair-service-stopped": () => repair("service-stopped"),
    "repair-service-slow": () => repair("service-slow"),
    "repair-bridge-stopped": () => repair("bridge-stopped"),
    "repair-v2-stopped": () => repair("v2-stopped"),
    "bridge-restart": restartBridge,
    "reset-service-line": () => serviceLine()?.reset(),
    "reset-page-line": () => pageLine().reset(),
    "cut-service-line": () => serviceLine()?.cutAfter(cutAfterBytes),
    "cut-page-line": () => pageLine().cutAfter(cutAfterBytes),
    "v2-on": canary.turnOn,
    "v2-off": turnOffV2,
    restore,
  }

  /** Causes a lasting fault. The repair is scheduled first, so it also happens if `doBreak` fails. */
  async function last(fault: LastingFault, doBreak: () => unknown): Promise<void> {
    faults.add(fault)
    repairLater()
    await doBreak()
  }

  async function repair(fault: LastingFault): Promise<void> {
    if (fault === "service-stopped") await service.start()
    if (fault === "bridge-stopped") await bridge.start()
    if (fault === "v2-stopped") await v2.start()
    forget(fault)
  }

  function forget(fault: LastingFault): void {
    faults.delete(fault)
    if (faults.size === 0) stopTimer()
  }

  async function stopV2(): Promise<void> {
    if (canary.state().kind === "off") throw new Error("There is no second version: turn it on first.")
    await last("v2-stopped", () => v2.stop("it was stopped on the Bridge page"))
  }

  async function turnOffV2(): Promise<void> {
    await canary.turnOff()
    forget("v2-stopped")
  }

  /** A restart is no fault, so no page offers to repair it meanwhile. A bridge that does not come back is one. */
  async function restartBridge(): Promise<void> {
    try {
      await bridge.stop("it is being restarted")
      await repair("bridge-stopped")
    } catch (error) {
      faults.add("bridge-stopped")
      repairLater()
      throw error
    }
  }

  async function restore(): Promise<void> {
    pageLine().disarm()
    serviceLine()?.disarm()
    const results = await Promise.allSettled([...faults].map(repair))
    const failed = results.find((result) => result.status === "rejected")
    if (failed === undefined) return
    repairLater()
    throw failed.reason
  }

  function repairLater(): void {
    stopTimer()
    restoreAtMs = performance.now() + maxFaultMs
    timer = setTimeout(() => {
      say(`repairing what was broken in the console: ${[...faults].join(", ")}`)
      restore().catch((error: unknown) => say(`that failed, and is tried again: ${String(error)}`))
    }, maxFaultMs)
  }

  function stopTimer(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  return {
    state: () => ({
      bridge: bridge.state,
      service: service.state,
      canary: canary.state(),
      configuration: canary.configuration(),
      faults: [...faults],
      restoreInMs: timer === null ? null : Math.max(0, Math.round(restoreAtMs - performance.now())),
      ...urls(),
    }),
    async act(action) {
      await actions[action]()
    },
    setShare: canary.setShare,
    delayMs: () => (faults.has("service-slow") ? slowMs : 0),
    noteLostBridge() {
      faults.add("bridge-stopped")
      repairLater()
    },
    close: stopTimer,
  }
}
