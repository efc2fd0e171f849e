import { describe, expect, it } from "vitest"
import { HealthState } from "./health-state.ts"

const thresholds = { unhealthyAfter: 3, healthyAfter: 2 }

/** The state after each result: + for serving, - for not. */
function states(results: string, state = new HealthState(thresholds)): string[] {
  return [...results].map((result) => {
    const before = state.health
    expect(state.record(result === "+")).toBe(state.health !== before)
    return state.health
  })
}

describe("the health of an endpoint", () => {
  it("is unknown before the first result, which decides at once", () => {
    expect(new HealthState(thresholds).health).toBe("unknown")
    expect(states("+")).toEqual(["healthy"])
    expect(states("-")).toEqual(["unhealthy"])
  })

  it("changes after enough results in a row", () => {
    expect(states("+---")).toEqual(["healthy", "healthy", "healthy", "unhealthy"])
    expect(states("-++")).toEqual(["unhealthy", "unhealthy", "healthy"])
  })

  it("counts from the start after a result that agrees with it", () => {
    expect(states("+--+--")).toEqual(Array(6).fill("healthy"))
    expect(states("-+-+")).toEqual(Array(4).fill("unhealthy"))
  })

  it("changes at once by a result that decides", () => {
    const state = new HealthState(thresholds)
    states("+-", state)
    state.decide(false)
    expect(state.health).toBe("unhealthy")
    state.decide(true)
    expect(states("--", state)).toEqual(["healthy", "healthy"])
  })
})
