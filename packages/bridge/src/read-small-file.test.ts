import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { readSmallFile, whyUnreadable } from "./read-small-file.ts"

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "causeway-small-"))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** The reason why this cannot be read. */
function whyNot(path: string): string {
  try {
    readSmallFile(path, 1_024)
  } catch (cause) {
    return whyUnreadable(cause, 1_024)
  }
  return "it can be read"
}

describe("readSmallFile", () => {
  it("reads a file up to the limit", () => {
    const path = join(folder(), "file")
    for (const size of [0, 1, 1_023, 1_024]) {
      writeFileSync(path, "a".repeat(size))
      expect(readSmallFile(path, 1_024).toString()).toBe("a".repeat(size))
    }
    writeFileSync(path, "a".repeat(1_025))
    expect(whyNot(path)).toBe("has more than 1 KiB")
  })

  it("reads a file whose size is only known at its end", () => {
    expect(readSmallFile("/proc/self/status", 65_536).toString()).toMatch(/^Name:/)
  })

  it.each(["/dev/zero", "/dev/null"])("refuses a device: %s", (path) =>
    expect(whyNot(path)).toBe("is no file, but a device, a socket or a FIFO"),
  )

  it("waits for no writer of a FIFO", () => {
    const path = join(folder(), "fifo")
    execFileSync("mkfifo", [path])
    expect(whyNot(path)).toBe("is no file, but a device, a socket or a FIFO")
  })

  it("refuses folders, sockets, files of 100 GB, links without an end, and what is missing", async () => {
    const home = folder()
    const [huge, socket, loop] = ["huge", "socket", "loop"].map((name) => join(home, name))
    writeFileSync(huge, "")
    truncateSync(huge, 100 * 2 ** 30)
    const server = createServer().listen(socket)
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once("listening", resolve))
    symlinkSync(loop, loop)
    expect([home, huge, socket, loop, join(home, "none")].map(whyNot)).toEqual([
      "is a folder",
      "has more than 1 KiB",
      "cannot be read (ENXIO)",
      "cannot be read (ELOOP)",
      "does not exist",
    ])
  })

  it("reads what the process was started with, such as a pipe of the shell", () => {
    const script = `import { readSmallFile } from "./packages/bridge/src/read-small-file.ts"; console.log(String(readSmallFile("/dev/stdin", 1024)))`
    const command = [process.execPath, "--input-type=module", "--eval", script]
    const told = execFileSync("sh", ["-c", `echo hello | "$@"`, "sh", ...command], { encoding: "utf8" })
    expect(told).toBe("hello\n\n")
  })
})
