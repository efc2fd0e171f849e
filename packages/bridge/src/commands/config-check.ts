import type { CommandResult } from "./command.ts"
import { loadForCommand } from "./load-for-command.ts"

/**
 * `config check FILE [flags]`: 0 if the bridge accepts the file, otherwise 1 with every problem. Variables do not count as settings,
 * so that the answer is the same on every machine.
 */
export function checkCommand(
  [file, ...flags]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandResult {
  if (file === undefined || file.startsWith("-")) {
    return { stdout: "", stderr: "config check: received no file, expected config check FILE\n", exitCode: 2 }
  }
  const secrets = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("CAUSEWAY_")))
  const read = loadForCommand(["--config", file, ...flags], secrets)
  if (read.kind === "result") return read.result
  const { upstreams, routes } = read.loaded.config
  const parts = [count(upstreams.length, "upstream"), count(routes.length, "route")].join(", ")
  return { stdout: `${file}: valid, ${parts}\n`, stderr: read.warnings, exitCode: 0 }
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`
}
