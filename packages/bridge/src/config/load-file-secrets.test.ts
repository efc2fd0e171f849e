import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { folder, load, problemsOf } from "../../test/support/load-text.ts"

describe("secrets", () => {
  const withValue = (value: string): string => `upstreams: { a: { endpoints: [a:1], metadata: { x-key: '${value}' } } }`

  it("are filled in from variables and files", () => {
    const file = join(folder, "secret")
    writeFileSync(file, "abc\n")
    expect(load(withValue(`\${A}-\${file:${file}}-$\${A}`), [], { A: "1" }).upstreams[0].metadata).toEqual([
      ["x-key", "1-abc-${A}"],
    ])
  })

  it.each([
    ["${NONE}", "upstreams.a.metadata.x-key: names the variable NONE, which is not set"],
    ["${file:/nowhere}", "names the file /nowhere, which does not exist"],
    ["${A", "has ${ without }"],
    ["${A B}", "has ${…} with no name of a variable in it"],
  ])("refuse %s", (value, message) => {
    expect(problemsOf(withValue(value))).toEqual([expect.stringContaining(message)])
  })

  it.each([
    ["no blank after the colon", "metadata:\n      x-key:hunter2"],
    ["no blank after the colon, and a further line", "metadata:\n      x-key:hunter2\n      x-b: c"],
    ["no name", "metadata: hunter2"],
    ["a comma in a list without quotes", "metadata: { x-key: abc,hunter2 }"],
    ["a text that is an alias", "metadata: { x-key: *hunter2 }"],
    ["a text that is a tag", "metadata: { x-key: !hunter2 }"],
    ["a text that is a block", "metadata: { x-key: >hunter2 }"],
    ["a text that no value may begin with", "metadata: { x-key: @hunter2 }"],
    ["a quote that ends too early", 'metadata: { x-key: "a"hunter2" }'],
    ["a wrong escape", 'metadata: { x-key: "\\hunter2" }'],
    ["a wrong indentation", "metadata:\n      x-key: a\n     hunter2"],
  ])("never appear in a message, also if the file is damaged around them: %s", (_damage, text) => {
    const [problem, ...others] = problemsOf(`upstreams:\n  a:\n    endpoints: [a:1]\n    ${text}\n`)
    expect(problem).toMatch(/^bridge.yaml:\d+:\d+: /)
    expect(`${problem}${others.join("")}`).not.toContain("hunter2")
  })

  it.each([
    ["/", "is a folder"],
    ["/dev/zero", "is no file, but a device"],
    ["huge", "has more than 64 KiB"],
    ["fifo", "is no file, but a device, a socket or a FIFO"],
  ])("are not read from %s", (name, words) => {
    const at = resolve(folder, name)
    if (name === "huge") writeFileSync(at, "a".repeat(70_000))
    if (name === "fifo") execFileSync("mkfifo", [at])
    expect(problemsOf(withValue(`\${file:${at}}`))).toEqual([expect.stringContaining(words)])
  })

  it("never appear in a message", () => {
    const [problem] = problemsOf(withValue("${A}"), [], { A: "hunter2\nx" })
    expect(problem).toContain("the value (not shown, since it may be secret) cannot be sent")
    expect(problem).not.toContain("hunter2")
  })

  it("must be Base64 under a name that ends in -bin", () => {
    const withBin = (value: string): string => withValue(value).replace("x-key", "x-key-bin")
    expect(load(withBin("AAEC")).upstreams[0].metadata).toEqual([["x-key-bin", "AAEC"]])
    expect(problemsOf(withBin("hunter2!"))).toEqual([
      expect.stringMatching(/metadata.x-key-bin: the value \(not shown.*expected Base64$/),
    ])
  })

  it("are refused elsewhere, where they would be shown", () => {
    expect(problemsOf("upstream: http://${A}:1", [], { A: "1" })).toEqual([
      expect.stringContaining("${…} is filled in only in the values of metadata"),
    ])
  })
})
