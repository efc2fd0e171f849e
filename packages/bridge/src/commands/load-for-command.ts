import { formatProblems } from "../config/check.ts"
import { fillInFrom } from "../config/file/fill-in.ts"
import { fleetWarnings } from "../config/fleet-warnings.ts"
import type { Loaded } from "../config/load.ts"
import { loadConfig } from "../config/load.ts"
import type { CommandResult } from "./command.ts"

/** A configuration that was read for a command, or the result that says why it cannot be used. */
export type LoadedForCommand =
  | { readonly kind: "config"; readonly loaded: Extract<Loaded, { kind: "config" }>; readonly warnings: string }
  | { readonly kind: "result"; readonly result: CommandResult }

/**
 * Reads a configuration for a command. Secrets need not be there, because the machine that checks a file seldom has them: a
 * warning names those that are missing.
 */
export function loadForCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LoadedForCommand {
  const missing: string[] = []
  const fillIn = fillInFrom(env, (what) =>
    missing.push(`a value of metadata ${what} here; the bridge does not start without it`),
  )
  const loaded = loadConfig(argv, env, fillIn)
  switch (loaded.kind) {
    case "config": {
      const warnings = [...missing, ...loaded.warnings, ...fleetWarnings(loaded.config)]
      return { kind: "config", loaded, warnings: warnings.map((warning) => `warning: ${warning}\n`).join("") }
    }
    case "problems": {
      const stderr = `the configuration cannot be used:\n${formatProblems(loaded.problems)}\n`
      return { kind: "result", result: { stdout: "", stderr, exitCode: 1 } }
    }
    case "help":
      return { kind: "result", result: { stdout: loaded.text, stderr: "", exitCode: 0 } }
    case "version":
      return { kind: "result", result: { stdout: "", stderr: "--version stands alone\n", exitCode: 2 } }
  }
}
