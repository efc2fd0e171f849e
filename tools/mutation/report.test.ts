import { expect, test } from "vitest"
import { documentOf, textOf } from "./report.ts"

const at = (line: number, from: number, to: number) => ({ start: { line, column: from }, end: { line, column: to } })

const report = {
  files: {
    "b.ts": {
      source: "const a = 1\nconst b = a + 1\n",
      mutants: [
        { mutatorName: "Arithmetic", replacement: "a - 1", status: "Survived", location: at(2, 11, 16) },
        { mutatorName: "Arithmetic", replacement: "2", status: "Killed", location: at(1, 11, 12) },
        { mutatorName: "Block", replacement: "{}", status: "Timeout", location: at(1, 1, 2) },
      ],
    },
    "a.ts": {
      source: "x()\n",
      mutants: [{ mutatorName: "Block", replacement: "{}", status: "NoCoverage", location: at(1, 1, 4) }],
    },
    "types.ts": { source: "", mutants: [] },
  },
} as const

test("a report names each survivor with its line, the code and the change, and counts a timeout as noticed", () => {
  expect(textOf(report)).toBe(
    [
      "a.ts  0.0 %  0 noticed, 1 survived",
      "    line 1: `x()` → `{}` (no test runs it)",
      "b.ts  66.7 %  2 noticed, 1 survived",
      "    line 2: `a + 1` → `a - 1`",
      "",
      "50.0 % of all changes were noticed",
    ].join("\n"),
  )
})

test("the page has a row for each file that was changed, and one for all", () => {
  const page = documentOf(report)
  expect(page).toContain("| `a.ts` | 0 | 1 | 0.0 % |\n| `b.ts` | 2 | 1 | 66.7 % |\n| all | 2 | 2 | 50.0 % |")
  expect(page).not.toContain("types.ts")
})
