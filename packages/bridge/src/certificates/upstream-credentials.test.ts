import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import type { Log } from "../observe/log.ts"
import { CertificateRenewal } from "./renewal.ts"
import { UpstreamCredentials } from "./upstream-credentials.ts"

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "causeway-token-"))
  path = join(directory, "token")
  writeFileSync(path, "secret-1\n")
  return () => rmSync(directory, { recursive: true })
})

/** Credentials with the token's file, and a renewal that reads it when asked. */
async function credentials(): Promise<{
  used: (readonly string[])[]
  lines: string[]
  renewal: CertificateRenewal
  now: UpstreamCredentials
}> {
  const used: (readonly string[])[] = []
  const lines: string[] = []
  const at =
    (level: string) =>
    (message: string, fields?: object): void =>
      void lines.push(`${level}: ${message} ${JSON.stringify(fields)}`)
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
  const now = await UpstreamCredentials.read({ name: "users", metadata: [["X-Key", "k"]], tokenFile: path })
  const renewal = new CertificateRenewal(
    now.renewals((fields) => void used.push(fields)),
    log,
    2 ** 30,
  )
  onTestFinished(() => renewal.close())
  return { used, lines, renewal, now }
}

describe("the credentials of an upstream", () => {
  it("follow the token's file, also through a swapped symlink", async () => {
    const { used, renewal, now } = await credentials()
    expect(now.fields).toEqual(["x-key", "k", "authorization", "Bearer secret-1"])
    writeFileSync(join(directory, "next"), "secret-2")
    symlinkSync(join(directory, "next"), join(directory, "link"))
    renameSync(join(directory, "link"), path)
    await renewal.reload()
    expect(used).toEqual([["x-key", "k", "authorization", "Bearer secret-2"]])
    expect(now.fields).toEqual(used[0])
  })

  it.each([
    ["is empty", (): void => writeFileSync(path, ""), "cannot be used for a token: it is empty"],
    ["is gone", (): void => rmSync(path), "cannot be read (ENOENT)"],
    ["holds no token", (): void => writeFileSync(path, "secret\nx: y"), "it holds characters that no token has"],
  ])("keep the old token while the file %s, and say so without a token in the log", async (_, spoil, words) => {
    const { used, lines, renewal, now } = await credentials()
    spoil()
    await renewal.reload()
    expect(now.fields.at(-1)).toBe("Bearer secret-1")
    expect(used).toEqual([])
    expect(lines).toEqual([
      expect.stringContaining("cannot renew the token of upstream users: the old one stays in use"),
    ])
    expect(lines[0]).toContain(words)
    writeFileSync(path, "secret-3")
    await renewal.reload()
    expect(now.fields.at(-1)).toBe("Bearer secret-3")
    expect(lines[1]).toContain("renewed the token of upstream users: new calls use it")
    expect(lines.join()).not.toContain("secret")
  })

  it("do not show a token that stands in place of the path", async () => {
    const tokenFile = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
    await expect(UpstreamCredentials.read({ name: "users", metadata: [], tokenFile })).rejects.toThrow(
      /^token-file of upstream users: a file cannot be read: ghp_… \(40 characters; not shown, since it may be the secret itself\), which does not exist$/,
    )
  })

  it("cannot begin without a token in the file", async () => {
    writeFileSync(path, " ")
    await expect(credentials()).rejects.toThrow(`${path} cannot be used for a token: it is empty, expected a token`)
    rmSync(path)
    await expect(credentials()).rejects.toMatchObject({ code: "ENOENT" })
  })

  it("need no file", async () => {
    const none = await UpstreamCredentials.read({ name: "users", metadata: [], tokenFile: null })
    expect([none.fields, none.renewals(() => {})]).toEqual([[], []])
  })
})
