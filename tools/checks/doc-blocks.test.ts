import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { runCommand } from "../../packages/bridge/src/commands/run-command.ts"
import { docBlocks } from "./doc-blocks.ts"
import { root } from "./exec.ts"

const folder = mkdtempSync(join(tmpdir(), "causeway-docs-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sections that the page leaves out, as it says. */
const upstreams = `upstreams:\n${["users", "users-v2", "reports"].map((name) => `  ${name}: { endpoints: ${name}.internal:50051 }\n`).join("")}`
const routes = "routes: [{ name: all, upstream: users }]\n"

/** The answer of `config check` about a text. */
function check(text: string): { exitCode: number; stderr: string } {
  const file = join(folder, "bridge.yaml")
  writeFileSync(file, text)
  const { exitCode, stderr } = runCommand(["config", "check", file], {})
  return { exitCode, stderr }
}

describe("Configurations in the docs", () => {
  const whole = ["README.md", "docs/fleet.md"].flatMap((page) => docBlocks(root, page, "bridge.yaml"))

  it.each(whole)("$place is a file that the bridge accepts", ({ text }) => {
    expect(check(text)).toEqual({ exitCode: 0, stderr: "" })
  })

  const parts = docBlocks(root, "docs/coming-from-envoy.md", "causeway")

  it.each(parts)("$place is accepted with the upstreams that it leaves out: $heading", ({ text }) => {
    const added = [text.includes("upstreams:") ? "" : upstreams, text.includes("routes:") ? "" : routes]
    const { exitCode, stderr } = check(text + added.join(""))
    const wrong = stderr.split("\n").filter((line) => line !== "" && !line.includes("no route names these upstreams"))
    expect({ exitCode, wrong }).toEqual({ exitCode: 0, wrong: [] })
  })

  it("stand beside Envoy's, one for one", () => {
    const headings = (label: string): string[] =>
      docBlocks(root, "docs/coming-from-envoy.md", label).map(({ heading }) => heading)
    expect(headings("causeway")).toEqual(headings("envoy"))
    expect(parts.length).toBeGreaterThan(20)
  })
})
