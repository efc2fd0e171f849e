import { describe, expect, it } from "vitest"
import { hashOf } from "../../core/hash.ts"
import { anyCall, candidates, chosen, tally } from "../../../test/support/candidates.ts"
import type { TestCandidate } from "../../../test/support/candidates.ts"
import { RingHash } from "./ring-hash.ts"

function ring(list: TestCandidate[]): (user: number, avoid?: readonly string[]) => TestCandidate | null {
  const policy = new RingHash<TestCandidate>()
  policy.update(list)
  return (user, avoid = []) => chosen(policy.pick({ hash: hashOf(`user-${user}`), avoid }, false))
}

describe("ring hash", () => {
  it("gives one user always the same endpoint, whatever the order of the list is", () => {
    const list = candidates(10)
    const [a, b] = [ring(list), ring([...list].reverse())]
    for (let user = 0; user < 1_000; user++) expect(a(user)).toBe(b(user))
  })

  it("spreads users evenly, and by weights", () => {
    const list = candidates(5)
    list[0].weight = 4
    const pick = ring(list)
    let user = 0
    const counts = tally(20_000, () => pick(user++))
    expect(counts[list[0].key] / 20_000).toBeCloseTo(0.5, 1)
    for (const { key } of list.slice(1)) {
      expect(counts[key]).toBeGreaterThan(2_500 * 0.75)
      expect(counts[key]).toBeLessThan(2_500 * 1.25)
    }
  })

  it("moves only the users of an endpoint that goes, and spreads them over the others", () => {
    const list = candidates(10)
    const [before, after] = [ring(list), ring(list.slice(1))]
    const heirs = new Set<string | undefined>()
    for (let user = 0; user < 5_000; user++) {
      if (before(user) === list[0]) heirs.add(after(user)?.key)
      else expect(after(user)).toBe(before(user))
    }
    expect(heirs.size).toBe(9)
  })

  it.each([
    ["is unhealthy", { isHealthy: false }],
    ["has no room", { hasRoom: false }],
  ])("passes a user on along the ring while the endpoint %s, as if it had gone", (_words, difference) => {
    const list = candidates(10)
    const [all, others] = [ring(list), ring(list.slice(1))]
    Object.assign(list[0], difference)
    for (let user = 0; user < 1_000; user++) expect(all(user)).toBe(others(user))
  })

  it("lets a call wait for its endpoint while that connects, and only for the first that may be used", () => {
    const list = candidates(3)
    const policy = new RingHash<TestCandidate>()
    policy.update(list)
    const pick = (avoid: readonly string[] = []) => policy.pick({ hash: 0, avoid }, false)
    const first = chosen(pick())
    Object.assign(first ?? {}, { hasRoom: false, isConnecting: true })
    expect(pick()).toBe("connecting")
    const second = chosen(pick([first?.key ?? ""]))
    expect(second).not.toBeNull()
    Object.assign(first ?? {}, { isHealthy: false })
    expect(pick()).toBe(second)
    Object.assign(second ?? {}, { hasRoom: false, isConnecting: true })
    expect(pick()).toBe("connecting")
  })

  it("passes a repeated call on along the ring", () => {
    const list = candidates(3)
    const pick = ring(list)
    const first = pick(1)
    const second = pick(1, [first?.key ?? ""])
    expect(second).not.toBe(first)
    expect(pick(1, [first?.key ?? "", second?.key ?? ""])).not.toBeNull()
  })

  it("finds the endpoint of a hash after the last place, and of one beyond 32 bits, at the start of the ring", () => {
    const policy = new RingHash<TestCandidate>()
    policy.update(candidates(3))
    const first = policy.pick({ hash: 0, avoid: [] }, false)
    expect(policy.pick({ hash: 2 ** 32, avoid: [] }, false)).toBe(first)
  })

  it("has no endpoint when none may be used, and none at all", () => {
    expect(ring(candidates(1_000, { hasRoom: false }))(1)).toBeNull()
    expect(new RingHash().pick(anyCall, false)).toBeNull()
  })

  it("bounds its points: a thousand endpoints of very unequal weights", () => {
    const list = candidates(1_000)
    list[0].weight = 100_000
    const pick = ring(list)
    let user = 0
    expect(tally(1_000, () => pick(user++))[list[0].key]).toBeGreaterThan(900)
  })
})
