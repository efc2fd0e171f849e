import { describe, expect, it } from "vitest"
import { tallyConformance, tallyFuzz, tallyInterop, tallyPlaywright, tallyVitest } from "./tally.ts"

describe("tallyVitest", () => {
  it("counts tests, names those that failed or were skipped, and counts a file that did not load as one failed test", () => {
    const test = (fullName: string, status: string) => ({ fullName, status })
    const report = {
      testResults: [
        { name: "a.test.ts", status: "passed", assertionResults: [test("adds", "passed"), test("rounds", "skipped")] },
        { name: "b.test.ts", status: "failed", assertionResults: [test("divides", "failed"), test("later", "todo")] },
        { name: "c.test.ts", status: "failed", assertionResults: [] },
      ],
    }
    expect(tallyVitest(report)).toEqual({
      passed: 1,
      failed: 2,
      skipped: 2,
      output: "",
      notes: [
        "skipped: a.test.ts › rounds",
        "failed: b.test.ts › divides",
        "skipped: b.test.ts › later",
        "failed: c.test.ts",
      ],
    })
  })
})

describe("tallyPlaywright", () => {
  it("counts each test once for each browser, gives the reason of a skipped one, and counts a flaky one as failed", () => {
    const test = (status: string, annotations: { type: string; description: string }[] = []) => ({
      projectName: "firefox",
      status,
      annotations,
    })
    const noStreams = { type: "skip", description: "no request streams" }
    const inner = { title: "uploads", specs: [{ title: "streams", tests: [test("skipped", [noStreams])] }] }
    const specs = [{ title: "loads", tests: [test("expected"), test("flaky"), test("unexpected")] }]
    expect(tallyPlaywright({ suites: [{ title: "page.spec.ts", specs, suites: [inner] }] })).toEqual({
      passed: 1,
      failed: 2,
      skipped: 1,
      output: "",
      notes: [
        "failed: firefox › page.spec.ts › loads",
        "failed: firefox › page.spec.ts › loads",
        "skipped: firefox › page.spec.ts › uploads › streams (no request streams)",
      ],
    })
  })
})

describe("tallyInterop", () => {
  it("counts each cell, a known limit as passed, and what one missing toolchain takes away as one skipped test", () => {
    const [pass, fail] = [{ kind: "pass" }, { kind: "fail", reason: "seen 2" }]
    const [limit, skip] = [
      { kind: "limit", reason: "cannot" },
      { kind: "skip", reason: "go is not installed" },
    ]
    const rows = [
      { name: "unary", cells: [pass, null, skip] },
      { name: "stream", cells: [fail, limit, skip] },
    ]
    expect(tallyInterop([{ heading: "Servers", columns: ["a", "b", "c"], rows }])).toEqual({
      passed: 2,
      failed: 1,
      skipped: 1,
      output: "",
      notes: ["failed: Servers › a › stream", "skipped: Servers (go is not installed)"],
    })
  })
})

describe("tallyConformance", () => {
  it("counts every case, and says why cases that must fail and configurations that cannot run are skipped", () => {
    const none = { passed: 0, failed: 0, knownFailures: 0, skipped: null }
    const report = [
      { ...none, name: "bridge", passed: 10, knownFailures: 2 },
      { ...none, name: "client", passed: 5, failed: 1 },
      { ...none, name: "page", skipped: "firefox is not installed" },
    ]
    expect(tallyConformance(report)).toEqual({
      passed: 15,
      failed: 1,
      skipped: 3,
      output: "",
      notes: [
        "skipped: bridge: 2 cases fail as e2e/conformance/README.md says, before a bare backend too",
        "failed: client: 1 cases went otherwise than expected",
        "skipped: page: firefox is not installed",
      ],
    })
  })
})

describe("tallyFuzz", () => {
  it("counts each target once, and names the one with a finding", () => {
    const report = [
      { name: "frames", problem: null },
      { name: "trailers", problem: "threw" },
    ]
    expect(tallyFuzz(report)).toMatchObject({ passed: 1, failed: 1, skipped: 0, notes: ["failed: trailers"] })
  })
})
