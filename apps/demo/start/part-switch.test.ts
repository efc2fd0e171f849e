import { expect, it } from "vitest"

import { createPartSwitch, type RunningPart } from "./part-switch.ts"

/** A switch for a part that the test controls. `log` lists the events in order. */
function createScene() {
  const log: string[] = []
  let ending = Promise.withResolvers<string>()
  const scene = {
    log,
    failure: null as Error | null,
    end: (how: string) => ending.resolve(how),
    part: createPartSwitch(
      async (): Promise<RunningPart> => {
        log.push("start")
        await Promise.resolve()
        if (scene.failure !== null) throw scene.failure
        ending = Promise.withResolvers()
        return { ended: ending.promise, stop: async () => void log.push("stop") }
      },
      (how) => log.push(`lost: ${how}`),
    ),
  }
  return scene
}

it("starts and stops one thing at a time, in the order asked for", async () => {
  const { part, log } = createScene()
  await Promise.all([part.start(), part.stop("asked"), part.start(), part.start()])
  expect(log).toEqual(["start", "stop", "start"])
  expect(part.state).toEqual({ kind: "up" })
})

it("says while it works what it does", async () => {
  const { part } = createScene()
  const starting = part.start()
  await Promise.resolve()
  expect(part.state).toEqual({ kind: "starting" })
  await starting
  await part.stop("asked")
  expect(part.state).toEqual({ kind: "down", why: "asked" })
})

it("tells of a part that ends by itself, and starts it again", async () => {
  const { part, log, end } = createScene()
  await part.start()
  end("was ended by SIGKILL; its last words were:\n…")
  await expect.poll(() => part.state).toEqual({ kind: "down", why: "was ended by SIGKILL" })
  await part.start()
  expect(log).toEqual(["start", "lost: was ended by SIGKILL; its last words were:\n…", "start"])
})

it("says nothing of the end that was asked for", async () => {
  const { part, log, end } = createScene()
  await part.start()
  await part.stop("asked")
  end("exited with code 0")
  await part.start()
  expect(log).toEqual(["start", "stop", "start"])
})

it("can be tried again after a start that failed", async () => {
  const scene = createScene()
  scene.failure = new Error("port 1 is in use")
  await expect(scene.part.start()).rejects.toThrow("port 1 is in use")
  expect(scene.part.state).toEqual({ kind: "down", why: "port 1 is in use" })
  scene.failure = null
  await scene.part.start()
  expect(scene.part.state).toEqual({ kind: "up" })
})
