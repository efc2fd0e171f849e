import { describe, expect, it } from "vitest"
import { Signals } from "./signals.ts"

interface Scene {
  readonly signals: Signals
  readonly exits: number[]
  readonly heard: string[]
  readonly surroundings: { now: number; hasTerminal: boolean }
  attach(): void
}

function scene(hasTerminal: boolean): Scene {
  const surroundings = { now: 0, hasTerminal }
  const exits: number[] = []
  const heard: string[] = []
  const signals = new Signals({
    isTerminal: () => surroundings.hasTerminal,
    exit: (code) => exits.push(code),
    now: () => surroundings.now,
  })
  const attach = (): void =>
    signals.attach({ reload: () => heard.push("reload"), ignored: (signal) => heard.push(`ignored ${signal}`) })
  return { signals, exits, heard, surroundings, attach }
}

describe("SIGHUP", () => {
  it("asks for a reload, with or without a terminal", () => {
    for (const hasTerminal of [true, false]) {
      const { signals, heard, attach } = scene(hasTerminal)
      attach()
      signals.hungUp()
      expect(heard).toEqual(["reload"])
      expect(signals.isEnding).toBe(false)
    }
  })

  it("asks for a graceful end after the terminal has closed", async () => {
    const one = scene(true)
    one.attach()
    one.surroundings.hasTerminal = false
    one.signals.hungUp()
    expect(await one.signals.end).toBe("SIGHUP")
    expect(one.heard).toEqual([])
  })

  it("is kept until a listener for reloads is attached", () => {
    const { signals, heard, attach } = scene(false)
    signals.hungUp()
    expect(heard).toEqual([])
    attach()
    expect(heard).toEqual(["reload"])
  })
})

describe("a second signal", () => {
  it("ends at once, whatever the two signals are", () => {
    const { signals, exits } = scene(false)
    signals.ended("SIGTERM")
    expect(signals.isEnding).toBe(true)
    signals.ended("SIGQUIT")
    expect(exits).toEqual([131])
  })

  it("counts only half a second after the first if both are Ctrl-C, since npm repeats the first", () => {
    const one = scene(true)
    one.signals.ended("SIGINT")
    one.surroundings.now = 499
    one.signals.ended("SIGINT")
    expect(one.exits).toEqual([])
    one.surroundings.now = 500
    one.signals.ended("SIGINT")
    expect(one.exits).toEqual([130])
  })
})
