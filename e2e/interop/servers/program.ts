import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"

/** A program of others that runs. */
export interface Program {
  /** What the pattern has found in the program's output. */
  readonly found: string
  close(): Promise<void>
}

/**
 * Starts a program and waits for the line that the pattern fits, whose first group is given. Rejects with what the program
 * has printed when it ends before.
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
  ended.catch(() => {}) // from here on its end is ours to decide
  return {
    found,
    async close() {
      child.kill("SIGKILL")
      await exited
    },
  }
}
