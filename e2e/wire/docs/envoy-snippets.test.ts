import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { selfSigned } from "../../../packages/bridge/test/support/certificate.ts"
import { docBlocks } from "../../../tools/checks/doc-blocks.ts"
import { root } from "../../../tools/checks/exec.ts"
import { fetchEnvoy } from "../targets/fetch-envoy.ts"
import { envoyFile } from "./envoy-file.ts"

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), "causeway-docs-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Envoy's complaint about a file. Empty: it accepts the file. */
async function complaint(binary: string, text: string): Promise<string> {
  const file = join(folder, "envoy.yaml")
  writeFileSync(file, text)
  const flags = ["--mode", "validate", "-c", file, "--use-dynamic-base-id", "--log-level", "error"]
  try {
    await run(binary, flags)
    return ""
  } catch (cause) {
    return String((cause as { stderr?: string }).stderr ?? cause)
  }
}

describe("Envoy accepts", () => {
  let binary = ""
  beforeAll(async () => {
    binary = await fetchEnvoy()
    const { cert, key } = await selfSigned()
    for (const name of ["ca.pem", "client.pem", "server.pem"]) writeFileSync(join(folder, name), cert)
    for (const name of ["client.key", "server.key"]) writeFileSync(join(folder, name), key)
  }, 300_000)

  const blocks = docBlocks(root, "docs/coming-from-envoy.md", "envoy")

  it.each(blocks)("its block at $place: $heading", async (block) => {
    const text = envoyFile(block).replaceAll(/\/(?:etc|var\/log)\/edge\//g, `${folder}/`)
    expect(await complaint(binary, text)).toBe("")
  })

  it("no file with a field that it does not know", async () => {
    const block = { place: "here", heading: "", text: "routes:\n  - match: { prefx: / }\n" }
    expect(await complaint(binary, envoyFile(block))).toContain("prefx")
  })
})
