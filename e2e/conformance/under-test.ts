import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A program that is under test and can be reached. */
export interface UnderTest {
  /** What the suite runs to talk to it, in this folder. */
  readonly command: readonly string[]
  /** Ends it; resolves when it is gone. */
  close(): Promise<void>
}

/**
 * Starts `node <role>-under-test.ts <socket> <argument>` of this folder, and waits until the suite can talk to it. Rejects when it
 * ends before.
 */
export async function startUnderTest(role: "bridge" | "client", argument: string): Promise<UnderTest> {
  const script = `${role}-under-test.ts`
  const folder = await mkdtemp(join(tmpdir(), "causeway-under-test-"))
  const path = join(folder, "socket")
  const child = spawn(process.execPath, [script, path, argument], {
    cwd: import.meta.dirname,
    stdio: ["pipe", "pipe", "inherit"],
  })
  const ended = once(child, "exit")
  const close = async (): Promise<void> => {
    child.stdin.end()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const isReady = await Promise.race([once(child.stdout, "data").then(() => true), ended.then(() => false)])
  if (isReady) return { command: ["node", "relay.mjs", role, path], close }
  await close()
  throw new Error(`${script} ${argument} ended before it could be reached: exit code ${child.exitCode}`)
}
