import { execFileSync } from "node:child_process"
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { EventFields, Log } from "../observe/log.ts"
import type { PemFile } from "./check-pem.ts"
import { CertificateRenewal, readFiles } from "./renewal.ts"

let directory: string
let cert: string
let key: string
let used: string[][]
let lines: string[]
let renewal: CertificateRenewal

const at =
  (level: string) =>
  (message: string, fields?: EventFields): void =>
    void lines.push(typeof fields?.why === "string" ? `${level}: ${message}: ${fields.why}` : `${level}: ${message}`)
const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }

/** Two files belong together if their texts are equal. */
function use([one, other]: readonly PemFile[]): void {
  if (one.text !== other.text) throw new Error("they do not match")
  used.push([one.text, other.text])
}

async function start(pollMs: number): Promise<void> {
  const files = { name: "the pair", paths: [cert, key], use }
  renewal = new CertificateRenewal([[files, await readFiles([cert, key])]], log, pollMs)
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "causeway-renewal-"))
  cert = join(directory, "cert")
  key = join(directory, "key")
  used = []
  lines = []
  for (const path of [cert, key]) writeFileSync(path, "old")
})
afterEach(() => {
  vi.useRealTimers()
  renewal.close()
  rmSync(directory, { recursive: true })
})

const never = 2 ** 30
const renewed = "info: renewed the pair: new connections use it"
const refused = "error: cannot renew the pair: the old one stays in use"

describe("a reload", () => {
  it("refuses what is no file, and waits for no writer of a FIFO", async () => {
    await start(never)
    rmSync(key)
    execFileSync("mkfifo", [key])
    await renewal.reload()
    expect(lines).toEqual([`${refused}: ${key} cannot be read (ENOTFILE)`])
  })

  it("uses changed files, and reports that the others are unchanged", async () => {
    await start(never)
    await renewal.reload()
    for (const path of [cert, key]) writeFileSync(path, "new")
    await renewal.reload()
    expect(used).toEqual([["new", "new"]])
    expect(lines).toEqual(["info: the pair is unchanged", renewed])
  })

  it("reports each time why files cannot be used, and counts them once", async () => {
    await start(never)
    writeFileSync(key, "new")
    await renewal.reload()
    await renewal.reload()
    rmSync(key)
    await renewal.reload()
    expect(lines).toEqual([
      `${refused}: they do not match`,
      `${refused}: they do not match`,
      `${refused}: ${key} cannot be read (ENOENT)`,
    ])
    expect([renewal.refused, used]).toEqual([2, []])
  })
})

describe("files that change", () => {
  it("are used without a reload, even if their size does not change", async () => {
    await start(5)
    for (const path of [cert, key]) writeFileSync(path, "new")
    await vi.waitUntil(() => used.length === 1)
    expect(lines).toEqual([renewed])
  })

  it("are not reported at the first look, since the second of the two files may still be written", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    await start(1_000)
    const look = async (): Promise<void> => {
      vi.advanceTimersByTime(1_000)
      await renewal.idle
    }
    writeFileSync(cert, "new")
    await look()
    expect(lines).toEqual([])
    writeFileSync(key, "new")
    await look()
    expect(lines).toEqual([renewed])
  })

  it("are reported once if they cannot be used for two looks, and tried again at every look", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    await start(1_000)
    writeFileSync(cert, "new")
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(1_000)
      await renewal.idle
    }
    expect(lines).toEqual([`${refused}: they do not match`])
    writeFileSync(key, "new")
    vi.advanceTimersByTime(1_000)
    await renewal.idle
    expect([lines.at(-1), renewal.refused]).toEqual([renewed, 1])
  })

  it("are used when one replaces the other by a rename", async () => {
    await start(5)
    for (const path of [cert, key]) {
      writeFileSync(`${path}.tmp`, "new")
      renameSync(`${path}.tmp`, path)
    }
    await vi.waitUntil(() => used.length === 1)
  })

  it("are not used after the end", async () => {
    await start(never)
    renewal.close()
    for (const path of [cert, key]) writeFileSync(path, "new")
    await renewal.reload()
    expect([used, lines]).toEqual([[], []])
  })
})
