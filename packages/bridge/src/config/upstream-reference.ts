import { nearest } from "./nearest.ts"
import type { Reading } from "./file/reading.ts"
import type { Shape } from "./file/shape.ts"
import { leaf } from "./file/shape.ts"
import type { Tree } from "./file/tree.ts"
import { name } from "./upstream-kinds.ts"

const anyName = leaf(name)

/** The name of an upstream that the configuration has. */
export const upstreamReference: Shape<string> = {
  ...anyName,
  read(tree, path, reading) {
    const upstream = anyName.read(tree, path, reading)
    return upstream === undefined || !isUpstream(upstream, path, reading, tree) ? undefined : upstream
  },
}

/** True if the configuration has this upstream. Otherwise the problem was reported. */
export function isUpstream(upstream: string, path: string, reading: Reading, tree: Pick<Tree, "place">): boolean {
  const known = reading.upstreamNames
  if (known.includes(upstream)) return true
  const meant = nearest(upstream, known)
  const list = known.length === 0 ? "there is none" : `there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`
  const hint = meant === null ? list : `did you mean ${meant}?`
  reading.refuse(path, `received ${JSON.stringify(upstream)}, which is no upstream; ${hint}`, tree)
  return false
}
