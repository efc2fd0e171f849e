import { execFileSync } from "node:child_process"
import fs, { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync } from "node:fs"
import { unlinkSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import { waitFor } from "../../test/support/wait-for.ts"
import type { WatchOptions } from "./watch-file.ts"
import { FileWatch } from "./watch-file.ts"

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "causeway-watch-"))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** Watches the file, whose content is "one". The returned function counts the changes. */
function watched(path: string, options: WatchOptions = {}): () => number {
  let changes = 0
  const watch = new FileWatch(path, Buffer.from("one"), () => changes++, { quietMs: 5, ...options })
  onTestFinished(() => watch.close())
  return () => changes
}

/** True once a change was noticed. */
function watchedOnce(path: string): () => boolean {
  const changes = watched(path)
  return () => changes() === 1
}

it("notices a file that is written, and one that is renamed into its place", async () => {
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "one")
  const changes = watched(path)
  writeFileSync(path, "two")
  await waitFor(() => changes() === 1)
  writeFileSync(`${path}.new`, "three")
  renameSync(`${path}.new`, path)
  await waitFor(() => changes() === 2)
})

it("notices a ConfigMap that Kubernetes swaps: a symlink to a folder is replaced", async () => {
  const mount = folder()
  for (const [version, content] of [
    ["..v1", "one"],
    ["..v2", "two"],
  ]) {
    mkdirSync(join(mount, version))
    writeFileSync(join(mount, version, "bridge.yaml"), content)
  }
  symlinkSync("..v1", join(mount, "..data"))
  symlinkSync(join("..data", "bridge.yaml"), join(mount, "bridge.yaml"))
  const changes = watched(join(mount, "bridge.yaml"))
  symlinkSync("..v2", join(mount, "..data_tmp"))
  renameSync(join(mount, "..data_tmp"), join(mount, "..data"))
  await waitFor(() => changes() === 1)
})

it("reports nothing while the file is missing or has the known content", async () => {
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "one")
  const changes = watched(path)
  unlinkSync(path)
  writeFileSync(path, "one")
  unlinkSync(path)
  writeFileSync(path, "two")
  await waitFor(() => changes() > 0)
  expect(changes()).toBe(1)
})

it("finds a change that came between the reading of the content and the start of the watch", async () => {
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "two")
  await waitFor(watchedOnce(path))
})

it("looks again for a change that comes while it reads", async () => {
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "one")
  const first = Promise.withResolvers<Buffer>()
  let readings = 0
  const read = (file: string): Promise<Buffer> => (readings++ === 0 ? first.promise : readFile(file))
  const changes = watched(path, { read })
  await waitFor(() => readings === 1)
  writeFileSync(path, "two")
  await waitFor(watchedOnce(path)) // the event has come
  first.resolve(Buffer.from("one"))
  await waitFor(() => changes() === 1)
})

it("finds a change by polling where there is no folder to watch at first", async () => {
  const path = join(folder(), "later", "bridge.yaml")
  const changes = watched(path, { pollMs: 5 })
  mkdirSync(join(path, ".."))
  writeFileSync(path, "two")
  await waitFor(() => changes() === 1)
})

it.each([
  ["the folder", 1],
  ["the folder and two above it", 3],
])(
  "notices a change at once after %s was deleted and made again, without waiting for the slow check",
  async (_, levels) => {
    const root = folder()
    const parts = ["etc", "causeway", "config"]
    const deleted = join(root, ...parts.slice(0, parts.length - levels + 1))
    const path = join(root, ...parts, "bridge.yaml")
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, "one")
    const changes = watched(path, { pollMs: 3_600_000 })
    for (let round = 1; round <= 3; round++) {
      rmSync(deleted, { recursive: true })
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `round ${round}`)
      await waitFor(() => changes() === 2 * round - 1)
      writeFileSync(path, `round ${round}, again`)
      await waitFor(() => changes() === 2 * round)
    }
  },
)

it("notices a folder that comes back long after it was deleted", async () => {
  const path = join(folder(), "config", "bridge.yaml")
  mkdirSync(dirname(path))
  writeFileSync(path, "one")
  let misses = 0
  const read = async (file: string): Promise<Buffer | null> => {
    const content = await readFile(file).catch(() => null)
    if (content === null) misses++
    return content
  }
  const changes = watched(path, { pollMs: 3_600_000, read })
  rmSync(dirname(path), { recursive: true })
  await waitFor(() => misses > 1) // it has looked since the folder above is watched
  mkdirSync(dirname(path))
  writeFileSync(path, "two")
  await waitFor(() => changes() === 1)
})

it("tries no faster than the slow check to watch where the system gives no watch", async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const watch = vi.spyOn(fs, "watch").mockImplementation(() => {
    throw Object.assign(new Error("no space"), { code: "ENOSPC" })
  })
  syncBuiltinESMExports()
  onTestFinished(() => {
    watch.mockRestore()
    syncBuiltinESMExports()
  })
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "two")
  const changes = watched(path, { pollMs: 1_000 })
  await vi.advanceTimersByTimeAsync(10_500)
  expect(changes()).toBe(1)
  expect(watch.mock.calls.length).toBeLessThan(20)
})

it("takes no file for changed that is found empty or in part while it is written in its place", async () => {
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "one")
  const contents = ["", "tw", "two", "two"]
  const readings: string[] = []
  const read = (): Promise<Buffer> => {
    readings.push(contents[readings.length] ?? "two")
    return Promise.resolve(Buffer.from(readings[readings.length - 1]))
  }
  const readingsAtChange: (readonly string[])[] = []
  const onChange = (): void => void readingsAtChange.push([...readings])
  const watch = new FileWatch(path, Buffer.from("one"), onChange, { quietMs: 5, read })
  onTestFinished(() => watch.close())
  await waitFor(() => readingsAtChange.length > 0)
  expect(readingsAtChange).toEqual([contents])
})

it("reports once that something else stands in the file's place, and waits for none of it", async () => {
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "one")
  const changes = watched(path)
  const others = [
    () => mkdirSync(path),
    () => execFileSync("mkfifo", [path]),
    () => (writeFileSync(path, ""), truncateSync(path, 100 * 2 ** 30)),
    () => symlinkSync("bridge.yaml", path),
    () => writeFileSync(path, "two"),
  ]
  for (const [i, put] of others.entries()) {
    rmSync(path, { recursive: true })
    put()
    await waitFor(() => changes() === i + 1)
  }
})

it("does not wait for the end of events that never end, as of a log in the same folder", async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let event: () => void = () => {}
  const watch = vi.spyOn(fs, "watch").mockImplementation(((_path: string, _options: object, listener: () => void) => {
    event = listener
    return { on() {}, close() {} }
  }) as unknown as typeof fs.watch)
  syncBuiltinESMExports()
  onTestFinished(() => {
    watch.mockRestore()
    syncBuiltinESMExports()
  })
  const path = join(folder(), "bridge.yaml")
  writeFileSync(path, "two")
  const changes = watched(path)
  for (let ms = 0; ms < 120; ms += 2) {
    event()
    await vi.advanceTimersByTimeAsync(2)
  }
  expect(changes()).toBe(1)
})
