// The client cancels calls, repeats them, or calls methods that do not exist.

import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2"
import type { Attack } from "../attack.ts"
import { repeat } from "../attacker/attacker.ts"
import type { Attacker } from "../attacker/attacker.ts"
import { pathOf } from "../backend-modes.ts"
import type { BackendMethod } from "../backend-modes.ts"
import { callBody, callFields, callOverHttp2 } from "../web-call.ts"

const cancelCode = 8
const furtherCalls = 20
/** The bridge limits the method names in its metrics to 4 MiB. The rest of a scrape is small. */
const maxScrapeBytes = 4_500_000

export const callAttacks: readonly Attack[] = [
  {
    id: "cancel-storm",
    title: "300 replies of 1 MB cancelled on one connection; its further calls must go through",
    isInCheck: true,
    run: (attacker) => cancelMany(attacker, false),
  },
  {
    id: "cancel-storm-stalled",
    title: "the same beside a reply on the same connection that is not read",
    isInCheck: true,
    run: (attacker) => cancelMany(attacker, true),
  },
  {
    id: "stalled-page",
    title: "200 calls of 1 MB on one connection that are not read; its further calls must go through",
    fillsBudget: true,
    async run(attacker) {
      const session = await attacker.http2Session({ settings: { initialWindowSize: 1 << 20 } })
      for (let i = 0; i < 200; i++) open(session, "Reply1MB").pause()
      attacker.countCalls(200)
      await attacker.hold(attacker.many(3_000, 2_000))
      await expectFurtherCalls(attacker, session)
    },
  },
  {
    id: "ghost-uploads",
    title: "1,024 uploads over HTTP/1.1 left while their calls wait for a stream; afterwards calls go through",
    scene: { backendStreams: 100, bridgeFlags: ["--max-sessions", "2"] },
    neighbour: "none",
    async run(attacker) {
      const holders = await attacker.http2Session()
      for (let i = 0; i < 200; i++) open(holders, "Silent")
      await attacker.hold(1_000)
      await leaveUploads(attacker, "Echo", 1_024)
      holders.destroy()
      await attacker.hold(2_000)
      await expectFurtherCalls(attacker, await attacker.http2Session())
    },
  },
  {
    id: "left-uploads",
    title: "200 uploads over HTTP/1.1 left while the backend does not read them",
    async run(attacker) {
      await leaveUploads(attacker, "NoRead", attacker.many(200, 100))
      await attacker.hold(1_000)
      await expectFurtherCalls(attacker, await attacker.http2Session())
    },
  },
  {
    id: "junk-paths",
    title: "5,000 paths that no service has, half of them answered NOT_FOUND, then half OK",
    isInCheck: true,
    async run(attacker) {
      const session = await attacker.http2Session()
      const half = attacker.many(2_500, 1_000)
      const callUnknown = async (status: "no" | "ok", i: number): Promise<void> => {
        await callOverHttp2(session, `/junk-${i}.Service/${status}-${i}`)
      }
      await repeat(half, 50, (i) => callUnknown("no", i))
      const known = await callOverHttp2(session, "/attack.Known/ok-known")
      await repeat(half, 50, (i) => callUnknown("ok", i))
      attacker.expect(known === "ok", `a call of a known method was not OK: ${known}`)
      const scrape = await attacker.scrape()
      if (scrape === null) return
      const scrapeBytes = scrape.length
      attacker.note("scrape KB", scrapeBytes / 1_024)
      attacker.expect(
        scrapeBytes <= maxScrapeBytes,
        `a scrape of the metrics has ${scrapeBytes} bytes, more than ${maxScrapeBytes}`,
      )
      attacker.expect(
        scrape.includes("ok-known"),
        "a method that was OK has no name in the metrics: paths that were not found took its place",
      )
    },
  },
  {
    id: "burst",
    title: "3,000 calls at once from 12 addresses, for which the backend has room",
    async run(attacker) {
      const outcomes = new Map<string, number>()
      const sessions = await Promise.all(
        Array.from({ length: 12 }, (_, i) => attacker.http2Session({}, `127.0.1.${i + 1}`)),
      )
      await Promise.all(sessions.map((session) => new Promise((resolve) => session.once("remoteSettings", resolve))))
      const calls = sessions.flatMap((session) =>
        Array.from({ length: 250 }, () => callOverHttp2(session, pathOf("Slow"))),
      )
      attacker.countCalls(calls.length)
      for (const outcome of await Promise.all(calls)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      const refused = calls.length - (outcomes.get("ok") ?? 0)
      outcomes.delete("ok")
      attacker.note("refused", refused)
      attacker.expect(refused === 0, `${refused} of 3,000 were refused: ${[...outcomes.keys()].join("; ")}`)
    },
  },
]

/** Cancels each reply after its first bytes, as a page does that needs no more of it. */
async function cancelMany(attacker: Attacker, isOneStalled: boolean): Promise<void> {
  const session = await attacker.http2Session()
  if (isOneStalled) open(session, "Reply1MB").pause()
  await repeat(300, 4, async () => {
    if (session.destroyed || session.closed) return
    const stream = open(session, "Reply1MB")
    await new Promise((resolve) => stream.once("data", resolve).once("close", resolve))
    stream.close(cancelCode)
  })
  await expectFurtherCalls(attacker, session)
}

async function expectFurtherCalls(attacker: Attacker, session: ClientHttp2Session): Promise<void> {
  const reasons = new Set<string>()
  let lost = 0
  await repeat(furtherCalls, 4, async () => {
    const outcome = await callOverHttp2(session, pathOf("Echo"))
    if (outcome === "ok") return
    lost++
    reasons.add(outcome)
  })
  attacker.note("further calls lost", lost)
  attacker.expect(lost === 0, `${lost} of ${furtherCalls} further calls were lost: ${[...reasons].join("; ")}`)
}

/** Sends a head and as much of a long message as the target accepts, then closes the connection. */
async function leaveUploads(attacker: Attacker, method: BackendMethod, count: number): Promise<void> {
  const prefix = Buffer.from([0, 0, 0x3f, 0, 0])
  const head = Buffer.from(
    `POST ${pathOf(method)} HTTP/1.1\r\nHost: bridge.test\r\ncontent-type: application/grpc-web+proto\r\n` +
      `content-length: ${0x3f0000 + prefix.length}\r\n\r\n`,
  )
  const upload = Buffer.concat([head, prefix, Buffer.alloc(300_000, 7)])
  attacker.countCalls(count)
  await repeat(count, 64, async () => {
    const socket = await attacker.connect()
    socket.write(upload)
    await attacker.hold(500)
    socket.destroy()
  })
}

function open(session: ClientHttp2Session, method: BackendMethod): ClientHttp2Stream {
  const stream = session.request({ ":method": "POST", ":path": pathOf(method), ...callFields })
  stream.on("error", () => {})
  stream.end(callBody)
  return stream
}
