import type { ChildProcess } from "node:child_process"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { describe, expect, it, vi } from "vitest"
import type { FileSink } from "./line-sinks.ts"
import { openFileSink } from "./line-sinks.ts"

vi.setConfig({ testTimeout: 30_000 }) // each test starts a process, and the machine may be busy

const imports = `
  import { LineWriter } from ${JSON.stringify(import.meta.resolve("./line-writer.ts"))}
  import { stderrSink } from ${JSON.stringify(import.meta.resolve("./line-sinks.ts"))}
  const writer = new LineWriter(stderrSink(), { gatherMs: 100, onFailure() {} })
`

/** Runs a module with a writer on stderr; stdout and stderr are pipes. */
function run(source: string): ChildProcess {
  const args = ["--input-type=module-typescript", "--eval", imports + source]
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
}

async function outcome(child: ChildProcess): Promise<{ code: number | null; out: string }> {
  const [out, [code]] = await Promise.all([child.stdout === null ? "" : text(child.stdout), once(child, "exit")])
  return { code: code as number | null, out }
}

describe("stderr", () => {
  it("writes whole lines, and all of them when the process ends after a flush", async () => {
    const child = run(`
      for (let i = 0; i < 20_000; i++) writer.write("line " + i + "\\n")
      await writer.flush()
      process.exit(0)
    `)
    const [lines] = await Promise.all([text(child.stderr!), outcome(child)])
    expect(lines.split("\n")).toEqual([...Array.from({ length: 20_000 }, (_, i) => `line ${i}`), ""])
  })

  it("writes waiting lines synchronously when the process ends at once", async () => {
    const child = run(`
      writer.write("last words\\n")
      process.on("exit", () => writer.flushSync())
      process.exit(3)
    `)
    const [words, { code }] = await Promise.all([text(child.stderr!), outcome(child)])
    expect([words, code]).toEqual(["last words\n", 3])
  })

  it("with a blocked reader neither blocks the process nor delays its end", async () => {
    const child = run(`
      for (let i = 0; i < 40; i++) writer.write("x".repeat(65_535) + "\\n")
      await writer.flush()
      console.log(writer.dropped > 0)
      process.on("exit", () => writer.flushSync())
      process.exit(0)
    `)
    expect(await outcome(child)).toEqual({ code: 0, out: "true\n" })
  })

  it("whose reader has gone loses the lines and nothing else", async () => {
    const child = run(`
      console.log("ready")
      const timer = setInterval(() => {
        writer.write("anyone?\\n")
        if (writer.dropped < 3) return
        clearInterval(timer)
        console.log("alive")
      }, 1)
    `)
    child.stderr!.destroy()
    expect(await outcome(child)).toEqual({ code: 0, out: "ready\nalive\n" })
  })
})

describe.runIf(process.platform !== "win32")("a named pipe", () => {
  it("without a reader is refused at start", () => {
    const directory = mkdtempSync(join(tmpdir(), "line-sinks-"))
    const path = join(directory, "pipe")
    execFileSync("mkfifo", [path])
    expect(() => openFileSink(path)).toThrow(expect.objectContaining({ code: "ENXIO", path }))
    rmSync(directory, { recursive: true })
  })
})

describe("a file that was renamed", () => {
  const write = (sink: FileSink, text: string): Promise<Error | null> => new Promise((done) => sink.write(text, done))

  it("gets the lines on their way, and the new file gets all later lines", async () => {
    const directory = mkdtempSync(join(tmpdir(), "line-sinks-"))
    const path = join(directory, "log")
    const sink = openFileSink(path)
    await write(sink, "1\n")
    renameSync(path, `${path}.1`)
    const second = write(sink, "2\n")
    sink.reopen()
    await Promise.all([second, write(sink, "3\n")])
    renameSync(path, `${path}.2`)
    sink.reopen()
    sink.writeSync("4\n")
    sink.close()
    const read = (name: string): string => readFileSync(name, "utf8")
    expect([read(`${path}.1`), read(`${path}.2`), read(path)]).toEqual(["1\n2\n", "3\n", "4\n"])
    rmSync(directory, { recursive: true })
  })

  it("stays in use when the path cannot be opened", async () => {
    const directory = mkdtempSync(join(tmpdir(), "line-sinks-"))
    const path = join(directory, "log")
    const sink = openFileSink(path)
    renameSync(path, `${path}.1`)
    mkdirSync(path)
    expect(() => sink.reopen()).toThrow(expect.objectContaining({ code: "EISDIR", path }))
    await write(sink, "1\n")
    expect(readFileSync(`${path}.1`, "utf8")).toBe("1\n")
    sink.close()
    rmSync(directory, { recursive: true })
  })
})
