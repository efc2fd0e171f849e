// The target receives SIGTERM while clients hold connections without a call. The drain must not wait for these connections.

import type { Attack } from "../attack.ts"
import { repeat } from "../attacker/attacker.ts"
import type { Attacker } from "../attacker/attacker.ts"
import { pathOf } from "../backend-modes.ts"

const graceMs = 10_000
const bridgeFlags = ["--grace", `${graceMs}ms`]

export const drainAttacks: readonly Attack[] = [
  {
    id: "drain",
    title:
      "SIGTERM while silent connections, half heads and idle HTTP/2 connections, read and unread, are held (grace 10 s)",
    isInCheck: true,
    scene: { bridgeFlags },
    async run(attacker) {
      await repeat(20, 5, async () => void (await attacker.connect()))
      await repeat(20, 5, async () => void (await attacker.connect()).write("POST /a.B/C HTTP/1.1\r\nHost: a\r\nx"))
      await repeat(20, 5, async () => void (await attacker.http2Line()))
      await repeat(20, 5, async () => void (await attacker.http2Line()).socket.pause())
      await attacker.hold(500)
      await expectEndBeforeGrace(attacker)
    },
  },
  {
    id: "drain-tls",
    title: "the same over TLS, with connections that agreed on a protocol and are silent, or never ended the handshake",
    isInCheck: true,
    scene: { bridgeFlags, isTls: true },
    async run(attacker) {
      await repeat(20, 5, async () => void (await attacker.connect()))
      await repeat(20, 5, async () => void (await attacker.connectTls("http/1.1")))
      await repeat(20, 5, async () => void (await attacker.connectTls("h2")))
      await attacker.hold(500)
      await expectEndBeforeGrace(attacker)
    },
  },
  {
    id: "drain-calls",
    title: "SIGTERM while 100 silent requests are held: the process ends with the grace time (3 s)",
    scene: { bridgeFlags: ["--grace", "3s"] },
    async run(attacker) {
      const line = await attacker.http2Line()
      line.send(...Array.from({ length: 100 }, () => line.call(pathOf("Echo"), null)))
      await attacker.hold(500)
      const ms = await attacker.stopTarget()
      attacker.note("end after s", ms / 1_000)
      attacker.expect(
        ms < 3_000 + graceMs / 2,
        `the process ended ${Math.round(ms)} ms after SIGTERM, long after its grace`,
      )
    },
  },
]

/** The limit is half of the grace time, which is enough even on a busy machine. */
async function expectEndBeforeGrace(attacker: Attacker): Promise<void> {
  const ms = await attacker.stopTarget()
  attacker.note("end after s", ms / 1_000)
  attacker.expect(
    ms < graceMs / 2,
    `the process ended ${Math.round(ms)} ms after SIGTERM, held by connections without a call`,
  )
}
