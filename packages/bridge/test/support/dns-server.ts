import { createSocket } from "node:dgram"
import { once } from "node:events"
import { createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"

/** One record of an answer: a type, a TTL and the value's text form (`10.0.0.1`, or `priority weight port target`). */
export interface DnsRecord {
  readonly type: "A" | "AAAA" | "SRV"
  readonly ttl: number
  readonly value: string
}

/**
 * What a server does with the questions for a name: answers with records, with an error code of RFC 1035 §4.1.1, says nothing, or
 * says over UDP that the answer is too long for it.
 */
export type DnsScript =
  | { readonly kind: "records"; readonly records: readonly DnsRecord[]; readonly isTruncated?: boolean }
  | { readonly kind: "error"; readonly code: "SERVFAIL" | "NXDOMAIN" | "REFUSED" }
  | { readonly kind: "silence" }

/** A DNS server on 127.0.0.1, over UDP and TCP. A name without a script does not exist. */
export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string
  /** By name, in lower case without a final dot. */
  readonly scripts: Map<string, DnsScript>
  /** Every question, such as `udp A users.test`. */
  readonly questions: readonly string[]
  close(): Promise<void>
}

const types: Readonly<Record<number, DnsRecord["type"] | undefined>> = { 1: "A", 28: "AAAA", 33: "SRV" }
const codes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const

export async function startDnsServer(): Promise<DnsServer> {
  const scripts = new Map<string, DnsScript>()
  const questions: string[] = []
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.once("data", (data: Buffer) => {
      const answer = answerTo(data.subarray(2), "tcp", scripts, questions)
      if (answer !== null) socket.end(Buffer.concat([uint16(answer.length), answer]))
    })
  })
  await once(tcp.listen(0, "127.0.0.1"), "listening")
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket("udp4").bind(port, "127.0.0.1")
  await once(udp, "listening")
  udp.on("message", (message, from) => {
    const answer = answerTo(message, "udp", scripts, questions)
    if (answer !== null) udp.send(answer, from.port, from.address)
  })
  return {
    address: `127.0.0.1:${port}`,
    scripts,
    questions,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all([
        new Promise((resolve) => tcp.close(resolve)),
        new Promise<void>((resolve) => udp.close(() => resolve())),
      ])
    },
  }
}

function answerTo(
  query: Buffer,
  over: "udp" | "tcp",
  scripts: ReadonlyMap<string, DnsScript>,
  questions: string[],
): Buffer | null {
  const labels: string[] = []
  let at = 12
  for (; query[at] !== 0; at += 1 + query[at]) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]))
  const type = types[query.readUInt16BE(at + 1)]
  const question = query.subarray(12, at + 5)
  const name = labels.join(".").toLowerCase()
  questions.push(`${over} ${type} ${name}`)
  const script = scripts.get(name) ?? ({ kind: "error", code: "NXDOMAIN" } as const)
  if (script.kind === "silence") return null
  const isCut = script.kind === "records" && script.isTruncated === true && over === "udp"
  const records = script.kind === "records" && !isCut ? script.records.filter((record) => record.type === type) : []
  const flags = 0x8180 | (isCut ? 0x0200 : 0) | (script.kind === "error" ? codes[script.code] : 0)
  const head = [query.readUInt16BE(0), flags, 1, records.length, 0, 0].map(uint16)
  return Buffer.concat([
    ...head,
    question,
    ...records.map((record) => encodeRecord(record, query.readUInt16BE(at + 1))),
  ])
}

/** The record's name is a pointer to the question's (RFC 1035 §4.1.4). */
function encodeRecord({ type, ttl, value }: DnsRecord, typeNumber: number): Buffer {
  const data = encodeValue(type, value)
  return Buffer.concat([
    uint16(0xc00c),
    uint16(typeNumber),
    uint16(1),
    uint16(ttl >> 16),
    uint16(ttl & 0xffff),
    uint16(data.length),
    data,
  ])
}

function encodeValue(type: DnsRecord["type"], value: string): Buffer {
  if (type === "A") return Buffer.from(value.split(".").map(Number))
  if (type === "SRV") {
    const [priority, weight, port, target] = value.split(" ")
    return Buffer.concat([...[priority, weight, port].map((number) => uint16(Number(number))), encodeName(target)])
  }
  const [before, after = ""] = value.split("::")
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"))
  const missing = 8 - groups(before).length - groups(after).length
  const all = [...groups(before), ...Array.from({ length: missing }, () => "0"), ...groups(after)]
  return Buffer.concat(all.map((group) => uint16(Number.parseInt(group, 16))))
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "")
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Buffer.of(0),
  ])
}

function uint16(value: number): Buffer {
  return Buffer.of((value >> 8) & 0xff, value & 0xff)
}
