import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"

/** A running program of another project. */
export interface Program {
  readonly pid: number
  /** The part of the program's output that the pattern matched. */
  readonly found: string
  close(): Promise<void>
}

/**
 * Starts a program and waits for an output line that matches the pattern. Returns its first group. If the program ends
 * first, rejects with its output.
 */
export async function startProgram([file, ...args]: readonly [string, ...string[]], pattern: RegExp): Promise<Program> {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] })
  const exited = once(child, "exit")
  const output = new PassThrough()
  child.stdout.pipe(output)
  child.stderr.pipe(output)
  const printed: string[] = []
  const match = Promise.withResolvers<string>()
  createInterface({ input: output }).on("line", (line) => {
    if (printed.length < 100) printed.push(line)
    const [, found] = pattern.exec(line) ?? []
    if (found !== undefined) match.resolve(found)
  })
  const ended = exited.then(() => Promise.reject<never>(new Error(`${file} ended:\n${printed.join("\n")}`)))
  const found = await Promise.race([match.promise, ended])
  ended.catch(() => {}) // the program has started, so its later end is not an error
  return {
    pid: child.pid ?? 0,
    found,
    async close() {
      child.kill("SIGKILL")
      await exited
    },
  }
}
