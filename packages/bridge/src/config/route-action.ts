import type { RouteAction, WeightedUpstream } from "../routing/route-config.ts"
import { listOf } from "./file/collections.ts"
import type { Reading } from "./file/reading.ts"
import { fieldPath } from "./file/reading.ts"
import type { Rows, Section } from "./file/section.ts"
import { section } from "./file/section.ts"
import type { Row, Shape, Written } from "./file/shape.ts"
import { leaf, received } from "./file/shape.ts"
import type { MapTree, Tree } from "./file/tree.ts"
import { variants } from "./file/variants.ts"
import { hashSourceOrNone } from "./hash-rows.ts"
import { count, duration, orNull } from "./kind.ts"
import { oneLine, statusCode } from "./upstream-kinds.ts"
import { isUpstream, upstreamReference } from "./upstream-reference.ts"

type Answer = Omit<Extract<RouteAction, { readonly kind: "answer" }>, "kind">

const answerRows: Rows<Answer> = {
  code: {
    name: "code",
    shape: leaf(statusCode),
    fallback: 14,
    meaning: "The gRPC code of the answer.",
    elsewhere: "Envoy: direct_response.status.",
  },
  message: {
    name: "message",
    shape: leaf(oneLine),
    meaning: "The message of the answer, which users may see.",
    elsewhere: "Envoy: direct_response.body.",
  },
  retryAfterMs: {
    name: "retry-after",
    shape: leaf(orNull(duration(1, 86_400_000), "none")),
    fallback: null,
    meaning: "Time after which clients may try again. The answer has it as retry-after, in whole seconds.",
    elsewhere: "HTTP: retry-after.",
  },
}

/** The section of a static answer. */
const answer: Section<Answer> = section(answerRows, { short: "message" })

const weightedRows: Rows<WeightedUpstream> = {
  upstream: { name: "upstream", shape: upstreamReference, meaning: "The upstream." },
  weight: { name: "weight", shape: leaf(count(0, 1_000_000)), meaning: "Its share beside the others. 0: no calls." },
}

const weighted = section(weightedRows)

/** Weights in a file: names of upstreams, each with a number. */
const weights: Shape<readonly WeightedUpstream[]> = {
  json: { type: "object", minProperties: 1, additionalProperties: weightedRows.weight.shape.json },
  expected: "names of upstreams, each with its weight",
  read(tree, path, reading) {
    if (tree.kind !== "map" || tree.entries.length === 0) {
      const got = tree.kind === "map" ? "received no name" : received(tree)
      reading.refuse(path, `${got}, expected ${weights.expected}`, tree)
      return undefined
    }
    const items = tree.entries.map((entry) => {
      const at = fieldPath(path, entry.name)
      reading.found(at, entry.place)
      const weight = weightedRows.weight.shape.read(entry.value, at, reading)
      const isKnown = isUpstream(entry.name, at, reading, { place: entry.place })
      return weight === undefined || !isKnown ? undefined : { upstream: entry.name, weight }
    })
    return items.filter((item) => item !== undefined)
  },
  write: (items) => Object.fromEntries(items.map(({ upstream, weight }) => [upstream, weight])),
}

/** The spelling of the actions in a file: one of them, and `sticky` beside `weights`. */
const actionRows: readonly Row<unknown>[] = [
  {
    name: "upstream",
    shape: upstreamReference,
    meaning: "The upstream that gets the calls.",
    elsewhere: "Envoy: route.cluster.",
  },
  {
    name: "weights",
    shape: weights,
    meaning: "Upstreams that share the calls, each with its weight: { users: 95, users-v2: 5 }.",
    elsewhere: "Envoy: route.weighted_clusters.",
  },
  {
    name: "sticky",
    shape: hashSourceOrNone,
    meaning: "With weights: calls with the same hash go to the same upstream.",
    elsewhere: "Envoy: weighted_clusters.header_name.",
  },
  {
    name: "answer",
    shape: answer,
    meaning: "The answer that the bridge gives itself. A text is its message.",
    elsewhere: "Envoy: direct_response.",
  },
]

/** The names of the actions in a file. */
export const actionNames: readonly string[] = actionRows.map((row) => row.name)

const inFile: Shape<RouteAction> = {
  inner: { each: "", rows: actionRows },
  json: {
    properties: Object.fromEntries(
      actionRows.map((row) => [row.name, { description: row.meaning, ...row.shape.json }]),
    ),
    oneOf: [
      { type: "object", properties: { upstream: { type: "string" } }, required: ["upstream"] },
      { type: "object", properties: { weights: { type: "object" } }, required: ["weights"] },
      { type: "object", properties: { answer: { type: ["object", "string"] } }, required: ["answer"] },
    ],
  },
  expected: "one of upstream, weights and answer",
  read(tree, path, reading) {
    const given = (tree as MapTree).entries.filter(({ name: key }) => key !== "sticky")
    const sticky = entryOf(tree, "sticky")
    if (given.length !== 1) {
      const got = given.length === 0 ? "nothing" : given.map(({ name: key }) => key).join(" and ")
      reading.refuse(fieldPath(path, given.at(1)?.name ?? "upstream"), `received ${got}, expected ${inFile.expected}`)
      return undefined
    }
    if (sticky !== null && given[0].name !== "weights") {
      reading.refuse(fieldPath(path, "sticky"), `received sticky with ${given[0].name}, expected it with weights only`)
    }
    return readAction(given[0].name, given[0].value, sticky, path, reading)
  },
  write(action): Written {
    switch (action.kind) {
      case "upstream":
        return { upstream: action.upstream }
      case "split": {
        const split = { weights: weights.write(action.upstreams) }
        return action.sticky === null ? split : { ...split, sticky: hashSourceOrNone.write(action.sticky) }
      }
      case "answer":
        return { answer: answer.write(action) }
    }
  },
}

function readAction(
  kind: string,
  tree: Tree,
  sticky: Tree | null,
  path: string,
  reading: Reading,
): RouteAction | undefined {
  const at = fieldPath(path, kind)
  if (kind === "upstream") {
    const upstream = upstreamReference.read(tree, at, reading)
    return upstream === undefined ? undefined : { kind: "upstream", upstream }
  }
  if (kind === "answer") {
    const value = answer.read(tree, at, reading)
    return value === undefined ? undefined : { kind: "answer", ...value }
  }
  const upstreams = weights.read(tree, at, reading)
  const source = sticky === null ? null : hashSourceOrNone.read(sticky, fieldPath(path, "sticky"), reading)
  return upstreams === undefined || source === undefined ? undefined : { kind: "split", upstreams, sticky: source }
}

function entryOf(tree: Tree, key: string): Tree | null {
  return tree.kind === "map" ? (tree.entries.find((entry) => entry.name === key)?.value ?? null) : null
}

/** The action of a route. */
export const routeAction: Shape<RouteAction> = variants<RouteAction>(
  {
    upstream: section({ upstream: { name: "upstream", shape: upstreamReference, meaning: "The upstream." } }),
    split: section<Omit<Extract<RouteAction, { kind: "split" }>, "kind">>({
      upstreams: { name: "weights", shape: listOf(weighted, false), meaning: "The upstreams." },
      sticky: { name: "sticky", shape: hashSourceOrNone, fallback: null, meaning: "The hash." },
    }),
    answer,
  },
  inFile,
)
