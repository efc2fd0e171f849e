/** The configuration that the demo gives its bridge. */
export interface BridgeFleet {
  /** `http://host:port` of the first version. */
  readonly v1: string
  /** The second version and its share of the calls of UserService, in percent. Null: there is none. */
  readonly v2: { readonly address: string; readonly sharePercent: number } | null
}

/** The service whose calls both versions share. Streams of the console's other pages stay with the first version. */
const sharedService = "api.v1.UserService"

/** Writes the bridge's configuration file. Everything else is set by flags, because it cannot change while it runs. */
export function bridgeConfig({ v1, v2 }: BridgeFleet): string {
  const head = ["# Written by npm start. The bridge reads this file again when it changes."]
  if (v2 === null) {
    return lines([
      ...head,
      "upstreams:",
      ...upstream("v1", v1),
      "",
      "routes:",
      "  - name: everything",
      "    upstream: v1",
    ])
  }
  const { address, sharePercent } = v2
  return lines([
    ...head,
    "upstreams:",
    ...upstream("v1", v1),
    ...upstream("v2", address),
    "",
    "routes: # the first that matches takes a call",
    "  - name: testers",
    "    match:",
    "      headers: { x-version: v2 }",
    "    upstream: v2",
    "  - name: canary",
    "    match:",
    `      service: ${sharedService}`,
    `    weights: { v1: ${100 - sharePercent}, v2: ${sharePercent} }`,
    "  - name: everything-else",
    "    upstream: v1",
  ])
}

function upstream(name: string, address: string): string[] {
  return [`  ${name}:`, `    endpoints: [${address}]`]
}

function lines(texts: readonly string[]): string {
  return `${texts.join("\n")}\n`
}
