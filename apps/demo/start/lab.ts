import type { FaultRelay } from "./fault-relay.ts"
import type { LabAction, LabState, LastingFault } from "./lab-state.ts"
import type { PartSwitch } from "./part-switch.ts"

/** What the lab may break. */
export interface LabParts {
  readonly bridge: PartSwitch
  readonly service: PartSwitch
  /** Between page and bridge, for the calls that ask for it. */
  readonly pageLine: () => FaultRelay
  /** Between bridge and service, for all calls; null while the service is stopped. */
  readonly serviceLine: () => FaultRelay | null
  readonly urls: () => Pick<LabState, "pageLineUrl" | "strangerOrigin">
  readonly say: (line: string) => void
}

/** Breaks parts of the demo on demand and mends them, at the latest after `maxFaultMs`. */
export interface Lab {
  state(): LabState
  /** Resolves when it is done. Rejects with why a part could not be started: what is not mended is tried again later. */
  act(action: LabAction): Promise<void>
  /** How long to hold each call of the slow service. */
  delayMs(): number
  /** The bridge has ended by itself: it is started again like one that was stopped here. */
  noteLostBridge(): void
  close(): void
}

/** Nothing stays broken for longer. */
const maxFaultMs = 30_000

/** A person notices, and a call with less time left than that runs out of it. */
const slowMs = 3_000

/** Into the first answer that is longer than a handshake: of a list of 200 users, a quarter. */
const cutAfterBytes = 8_192

/** Makes the lab. Nothing is broken at first. */
export function createLab(parts: LabParts): Lab {
  const { bridge, service, pageLine, serviceLine, urls, say } = parts
  const faults = new Set<LastingFault>()
  let timer: NodeJS.Timeout | null = null
  let restoreAtMs = 0

  const actions: Readonly<Record<LabAction, () => unknown>> = {
    "service-stopped": () => last("service-stopped", () => service.stop("it was stopped on the Faults page")),
    "service-slow": () => last("service-slow", () => {}),
    "bridge-stopped": () => last("bridge-stopped", () => bridge.stop("it was stopped on the Faults page")),
    "mend-service-stopped": () => mend("service-stopped"),
    "mend-service-slow": () => mend("service-slow"),
    "mend-bridge-stopped": () => mend("bridge-stopped"),
    "bridge-restart": restartBridge,
    "reset-service-line": () => serviceLine()?.reset(),
    "reset-page-line": () => pageLine().reset(),
    "cut-service-line": () => serviceLine()?.cutAfter(cutAfterBytes),
    "cut-page-line": () => pageLine().cutAfter(cutAfterBytes),
    restore,
  }

  /** Breaks something that stays so; also where the breaking fails, it will be mended. */
  async function last(fault: LastingFault, doBreak: () => unknown): Promise<void> {
    faults.add(fault)
    mendLater()
    await doBreak()
  }

  async function mend(fault: LastingFault): Promise<void> {
    if (fault === "service-stopped") await service.start()
    if (fault === "bridge-stopped") await bridge.start()
    faults.delete(fault)
    if (faults.size === 0) stopTimer()
  }

  async function restartBridge(): Promise<void> {
    await last("bridge-stopped", () => bridge.stop("it is being restarted"))
    await mend("bridge-stopped")
  }

  async function restore(): Promise<void> {
    pageLine().disarm()
    serviceLine()?.disarm()
    const results = await Promise.allSettled([...faults].map(mend))
    const failed = results.find((result) => result.status === "rejected")
    if (failed === undefined) return
    mendLater()
    throw failed.reason
  }

  function mendLater(): void {
    stopTimer()
    restoreAtMs = performance.now() + maxFaultMs
    timer = setTimeout(() => {
      say(`mending what was broken on the Faults page: ${[...faults].join(", ")}`)
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
      faults: [...faults],
      restoreInMs: timer === null ? null : Math.max(0, Math.round(restoreAtMs - performance.now())),
      ...urls(),
    }),
    async act(action) {
      await actions[action]()
    },
    delayMs: () => (faults.has("service-slow") ? slowMs : 0),
    noteLostBridge() {
      faults.add("bridge-stopped")
      mendLater()
    },
    close: stopTimer,
  }
}
