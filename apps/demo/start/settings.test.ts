import { describe, expect, it } from "vitest"

import { readSettings } from "./settings.ts"

const problemsOf = (args: string[], env = {}) => {
  const asked = readSettings(args, env)
  return asked.kind === "problems" ? asked.problems : expect.fail(`no problem, but ${asked.kind}`)
}

describe("readSettings", () => {
  it("has a default for everything", () => {
    const ports = { console: 5173, bridge: 8080, backend: 50_051, admin: 9901 }
    expect(readSettings([], {})).toEqual({
      kind: "start",
      settings: { host: "127.0.0.1", ports, upstream: null, dataDir: null },
    })
  })

  it("takes flags and variables, a flag first", () => {
    const env = { CAUSEWAY_DEMO_PORT: "3000", CAUSEWAY_DEMO_BRIDGE_PORT: "3001", CAUSEWAY_DEMO_DATA_DIR: "" }
    expect(readSettings(["--port", "4000", "--host", "localhost"], env)).toMatchObject({
      settings: { host: "127.0.0.1", ports: { console: 4000, bridge: 3001 }, dataDir: null },
    })
  })

  it("names every bad port with its flag and its variable", () => {
    const problems = problemsOf(["--port", "x"], { CAUSEWAY_DEMO_ADMIN_PORT: "65536" })
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('--port (CAUSEWAY_DEMO_PORT): "x" is no port')
    expect(problems[1]).toContain('--admin-port (CAUSEWAY_DEMO_ADMIN_PORT): "65536" is no port')
  })

  it("refuses one port for two, unless it is 0", () => {
    expect(problemsOf(["--port", "8080"])).toEqual([
      "port 8080 is asked for more than once: by --port (CAUSEWAY_DEMO_PORT) and --bridge-port (CAUSEWAY_DEMO_BRIDGE_PORT)",
    ])
    expect(readSettings(["--port", "0", "--bridge-port", "0"], {}).kind).toBe("start")
  })

  it("takes a server of the user's own, whose port the demo leaves alone", () => {
    const asked = readSettings(["--upstream", "http://127.0.0.1:50051", "--port", "50051"], {})
    expect(asked).toMatchObject({ kind: "start", settings: { upstream: "http://127.0.0.1:50051" } })
    expect(problemsOf(["--upstream", "http://a:1", "--backend-port", "1"])[0]).toContain("which --upstream replaces")
  })

  it("leads from an unknown flag to the help, which names every flag", () => {
    expect(problemsOf(["--prot", "1"])[0]).toContain("--help")
    const help = readSettings(["-h"], {})
    for (const flag of [
      "--port",
      "--bridge-port",
      "--backend-port",
      "--admin-port",
      "--host",
      "--data-dir",
      "--upstream",
    ]) {
      expect(help).toMatchObject({ kind: "help", text: expect.stringContaining(`${flag} `) as string })
    }
  })
})
