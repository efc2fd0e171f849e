import type { Kind } from "../kind.ts"
import { choice } from "../kind.ts"
import { meantName } from "../meant-name.ts"
import type { BridgeSettings } from "../schema.ts"
import type { Setting } from "../setting.ts"
import { settings } from "../settings.ts"
import type { PresetName } from "../timeout-presets.ts"
import type { Reading } from "./reading.ts"
import { fieldPath } from "./reading.ts"
import { leaf, received } from "./shape.ts"
import type { Tree, TreeEntry } from "./tree.ts"

/** The content of a file, with its settings checked one by one. */
export interface FileSettings {
  readonly values: Map<keyof BridgeSettings, unknown>
  /** Settings with a reported problem. */
  readonly failed: Set<keyof BridgeSettings>
  preset: PresetName | null
  upstreams: Tree | null
  routes: Tree | null
}

/** The place of the preset in a file. */
export const presetPath = "timeouts.preset"

/** The preset of the time limits. */
export const presetKind: Kind<PresetName> = choice(["api", "upload"])

/** Sections for which a single value may stand, and the place that gets it. */
export const shorthands: ReadonlyMap<string, string> = new Map([
  ["timeouts", presetPath],
  ["admin", settings.admin.path],
])

const byPath = new Map<string, readonly [keyof BridgeSettings, Setting<unknown>]>(
  Object.entries<Setting<unknown>>(settings).map(([key, setting]) => [
    setting.path,
    [key as keyof BridgeSettings, setting],
  ]),
)
const paths = [...byPath.keys(), presetPath, "upstreams", "routes"]

/** Reads a file's tree. `upstreams` and `routes` are kept for later: their defaults are among the settings. */
export function readSettings(tree: Tree, reading: Reading): FileSettings {
  const read: FileSettings = { values: new Map(), failed: new Set(), preset: null, upstreams: null, routes: null }
  readSection(tree, "", read, reading)
  return read
}

function readSection(tree: Tree, path: string, read: FileSettings, reading: Reading): void {
  const known = namesIn(path)
  const short = shorthands.get(path)
  if (short !== undefined && tree.kind === "value" && tree.value !== null) {
    readEntry({ name: short, place: tree.place, value: tree }, short, read, reading)
    return
  }
  if (tree.kind !== "map") {
    reading.refuse(path, `${received(tree)}, expected names with values: ${known.join(", ")}`, tree)
    return
  }
  for (const entry of tree.entries) {
    if (known.includes(entry.name)) readEntry(entry, fieldPath(path, entry.name), read, reading)
    else refuseUnknown(entry, fieldPath(path, entry.name), known, reading)
  }
}

function readEntry({ place, value }: TreeEntry, path: string, read: FileSettings, reading: Reading): void {
  reading.found(path, place)
  const [key, setting] = byPath.get(path) ?? []
  if (key !== undefined && setting !== undefined) {
    const checked = leaf(setting.kind).read(value, path, reading)
    if (checked === undefined) read.failed.add(key)
    else read.values.set(key, checked)
  } else if (path === presetPath) read.preset = leaf(presetKind).read(value, path, reading) ?? null
  else if (path === "upstreams" || path === "routes") read[path] = value
  else readSection(value, path, read, reading)
}

/** The names that may stand in a section. */
function namesIn(section: string): readonly string[] {
  const prefix = section === "" ? "" : `${section}.`
  const inside = paths.filter((path) => path.startsWith(prefix))
  return [...new Set(inside.map((path) => path.slice(prefix.length).split(".", 1)[0]))]
}

function refuseUnknown({ name, place }: TreeEntry, path: string, known: readonly string[], reading: Reading): void {
  const elsewhere = paths.find((candidate) => candidate.endsWith(`.${name}`))
  const meant = elsewhere ?? meantName(name, known)
  const hint = meant === null ? `expected one of ${known.join(", ")}` : `did you mean ${meant}?`
  reading.refuse(path, `is no name that is known here; ${hint}`, { place })
}
