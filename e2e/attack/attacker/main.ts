// The attacker's process waits for its order, makes one attack, reports, and ends. `node main.ts <attack>`

import { attacks } from "../attacks/list.ts"
import { Channel } from "../channel.ts"
import { Attacker } from "./attacker.ts"
import type { Aim } from "./attacker.ts"

const [id = ""] = process.argv.slice(2)
const attack = attacks.find((one) => one.id === id)
if (attack === undefined) throw new Error(`No attack is called ${id}`)
const channel = new Channel(process)
process.on("disconnect", () => process.exit(0))
channel.send({ kind: "ready" })
const aim = await channel.next<{ kind: "go" } & Aim>("go")
const attacker = new Attacker(aim, channel)
channel.on("report", () => channel.send({ kind: "report", report: attacker.report() }))
let failure: string | null = null
try {
  await attack.run(attacker)
} catch (error) {
  failure = `the attack could not go on: ${(error as Error).message}`
}
if (failure !== null) attacker.expect(false, failure)
channel.send({ kind: "done", report: attacker.report() })
