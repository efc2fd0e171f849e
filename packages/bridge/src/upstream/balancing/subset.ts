import { hashOf, mixHashes } from "../../core/hash.ts"

/** An endpoint that may be in the subset. */
export interface Member {
  readonly key: string
  readonly weight: number
  readonly zone: string | null
  readonly priority: number
}

/**
 * The endpoints that one bridge of many uses, so that a large fleet does not connect all bridges with all endpoints: at most
 * `size` for each priority and zone, in their given order. `bridgeId` is a text that no other bridge has. The choice is by
 * weighted rendezvous hashing, as in gRFC A68: it needs no agreement between bridges, spreads them evenly, and an endpoint that
 * comes or goes changes one member.
 */
export function chooseSubset<M extends Member>(members: readonly M[], size: number, bridgeId: string): readonly M[] {
  const bridge = hashOf(bridgeId)
  const groups = Map.groupBy(members, ({ priority, zone }) => `${priority} ${zone}`)
  const chosen = new Set([...groups.values()].flatMap((group) => best(group, size, bridge)))
  return members.filter((member) => chosen.has(member))
}

function best<M extends Member>(group: readonly M[], size: number, bridge: number): readonly M[] {
  if (group.length <= size) return group
  const ranked = group.map((member) => ({ member, score: score(member, bridge) }))
  ranked.sort((a, b) => a.score - b.score || (a.member.key < b.member.key ? -1 : 1))
  return ranked.slice(0, size).map(({ member }) => member)
}

/** Lower is better. An exponential variable with the weight as its rate: the chance to be the lowest is the weight's share. */
function score({ key, weight }: Member, bridge: number): number {
  const uniform = (mixHashes(bridge, hashOf(key)) + 0.5) / 2 ** 32
  return -Math.log(uniform) / weight
}
