import { spawn, type ChildProcess } from "node:child_process"
import { constants } from "node:os"
import { delimiter, dirname, join, resolve as resolvePath } from "node:path"

/** The repository's root. */
export const root: string = dirname(dirname(import.meta.dirname))

const path = [dirname(process.execPath), join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter)
const running = new Set<ChildProcess>()

export interface ExecOptions {
  /** Absolute, or relative to the root; default: the root. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Sends the output to the terminal and does not return it. Default: false. */
  readonly isLive?: boolean
  /** Ends the command with SIGTERM after this time. Default: ten minutes. */
  readonly timeoutMs?: number
}

/**
 * Runs one command. Tools of the workspace are found by their bare names. Returns stdout and stderr interleaved. Never
 * rejects: if the command does not start, the exit code is 127 and the output has the reason.
 */
export function exec(
  [command = "", ...args]: readonly string[],
  options: ExecOptions = {},
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: resolvePath(root, options.cwd ?? ""),
      env: { ...process.env, ...options.env, PATH: path },
      stdio: options.isLive === true ? "inherit" : ["ignore", "pipe", "pipe"],
    })
    // spawn's own timeout stays active if the command does not start, and would keep this process alive.
    const timer = setTimeout(() => child.kill(), options.timeoutMs ?? 600_000)
    running.add(child)
    let output = ""
    const keep = (chunk: string): string => (output += chunk)
    child.stdout?.setEncoding("utf8").on("data", keep)
    child.stderr?.setEncoding("utf8").on("data", keep)
    const settle = (exitCode: number, output: string): void => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ exitCode, output })
    }
    child.on("error", (error) => settle(127, `${command} did not start: ${error.message}\n`))
    child.on("close", (code, signal) => settle(code ?? 128 + constants.signals[signal ?? "SIGKILL"], output))
  })
}

/** On a signal to end, passes it on to the running commands and exits. */
export function endTogether(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      for (const child of running) child.kill(signal)
      process.exit(128 + constants.signals[signal])
    })
  }
}
