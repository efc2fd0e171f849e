// The backend misbehaves or dies. The attacker's process makes the calls that trigger this.

import { setTimeout as after } from "node:timers/promises"
import type { Attack } from "../attack.ts"
import { repeat } from "../attacker/attacker.ts"
import type { Attacker } from "../attacker/attacker.ts"
import { pathOf } from "../backend-modes.ts"
import type { BackendMethod } from "../backend-modes.ts"
import { callBody, callFields, callOverHttp2 } from "../web-call.ts"

/** Two equal loads differ by far less on a busy machine. A quadratic parser differs by far more on 20 KB. */
const maxHtmlRatio = 5

export const backendAttacks: readonly Attack[] = [
  {
    id: "backend-big-heads",
    title: "response heads of 400 KB; the page's other calls on the same connection must go on",
    by: "backend",
    isInCheck: true,
    async run(attacker) {
      await callBeside(attacker, "BigHead", attacker.many(100, 30))
    },
  },
  {
    id: "backend-1xx",
    title: "heads of status 102 without end, on 4 calls",
    by: "backend",
    async run(attacker) {
      await callAndCancel(attacker, "Informational", 4, attacker.many(5_000, 2_000))
    },
  },
  {
    id: "backend-html",
    title: "answers of 20 KB of “<title”, on 200 calls; they must cost as much as other HTML",
    by: "backend",
    isInCheck: true,
    async run(attacker) {
      const count = attacker.many(200, 60)
      const harmless = await cpuOf(attacker, () => callBeside(attacker, "Page", count))
      const hostile = await cpuOf(attacker, () => callBeside(attacker, "Title", count))
      if (harmless === null || hostile === null) return
      attacker.note("CPU : other HTML's", hostile / harmless)
      attacker.expect(
        hostile <= maxHtmlRatio * harmless,
        `their CPU time was ${hostile.toFixed(2)} s, where other HTML of their size took ${harmless.toFixed(2)} s`,
      )
    },
  },
  {
    id: "backend-small-messages",
    title: "messages of 9 bytes without end, on 4 calls that are read",
    by: "backend",
    scene: { backend: "small-messages" },
    async run(attacker) {
      await callAndCancel(attacker, "Small", 4, attacker.many(5_000, 2_000))
    },
  },
  goawayEvery("backend-goaway", 20, "GOAWAY with the twentieth call of each connection"),
  goawayEvery("backend-goaway-5", 5, "GOAWAY with the fifth call of each connection"),
  goawayEvery("backend-goaway-1", 1, "GOAWAY with the first call of each connection"),
  {
    id: "backend-goaway-at-connect",
    title: "GOAWAY as soon as a connection stands",
    by: "backend",
    neighbour: "none",
    scene: { backend: "goaway-at-connect" },
    async run(attacker) {
      const session = await attacker.http2Session()
      await callOverHttp2(session, pathOf("Echo"))
      await countDials(attacker, 20)
    },
  },
  {
    id: "backend-killed",
    title: "killed every second under load; only calls that were in flight may be lost",
    by: "backend",
    async run(attacker) {
      for (let kill = 0; kill < attacker.many(12, 4); kill++) {
        await after(1_000)
        await attacker.restartBackend()
      }
      await after(1_000)
    },
  },
]

/** The neighbour's calls are the load. Each must reach a connection that accepts calls. */
function goawayEvery(id: string, calls: number, title: string): Attack {
  return {
    id,
    title,
    by: "backend",
    scene: { backend: `goaway-every-${calls}` },
    run: (attacker) => countDials(attacker),
  }
}

/** Returns the target's CPU seconds while `act` runs. Null: the target has no such metric. */
async function cpuOf(attacker: Attacker, act: () => Promise<void>): Promise<number | null> {
  const read = async (): Promise<number> => {
    const value = /^process_cpu_seconds_total (\S+)/m.exec((await attacker.scrape()) ?? "")?.[1]
    return value === undefined ? NaN : Number(value)
  }
  const before = await read()
  await act()
  const seconds = (await read()) - before
  return Number.isNaN(seconds) ? null : Math.max(0.01, seconds)
}

/** Calls the hostile method and an ordinary method in turn, on one connection. */
async function callBeside(attacker: Attacker, method: BackendMethod, count: number): Promise<void> {
  const session = await attacker.http2Session()
  let lost = 0
  let reason = ""
  await repeat(count, 4, async () => {
    await callOverHttp2(session, pathOf(method))
    const outcome = await callOverHttp2(session, pathOf("Echo"))
    if (outcome === "ok") return
    lost++
    reason = outcome
  })
  attacker.note("ordinary calls lost", lost)
  attacker.expect(lost === 0, `${lost} of ${count} ordinary calls on the same connection were lost: ${reason}`)
}

async function callAndCancel(attacker: Attacker, method: BackendMethod, count: number, ms: number): Promise<void> {
  const session = await attacker.http2Session()
  const streams = Array.from({ length: count }, () =>
    session.request({ ":method": "POST", ":path": pathOf(method), ...callFields }),
  )
  for (const stream of streams)
    stream
      .on("error", () => {})
      .resume()
      .end(callBody)
  await attacker.hold(ms)
  for (const stream of streams) stream.close(8)
}

async function countDials(attacker: Attacker, most?: number): Promise<void> {
  const before = await attacker.backendSessions()
  await attacker.hold(3_000)
  const dials = (await attacker.backendSessions()) - before
  attacker.note("connections dialled in 3 s", dials)
  if (most !== undefined) attacker.expect(dials <= most, `${dials} connections were dialled in 3 s, more than ${most}`)
}
