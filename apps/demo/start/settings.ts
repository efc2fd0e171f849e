import { parseArgs } from "node:util"

/** Settings of the demo. */
export interface Settings {
  /** Address or name on which console and bridge listen. Backend and admin always listen on 127.0.0.1. */
  readonly host: string
  /** 0 picks a free port. */
  readonly ports: Readonly<Record<Part, number>>
  /** The user's gRPC server that the bridge calls. Null means that the demo starts a server of its own. */
  readonly upstream: string | null
  /** Null means the default directory, or a numbered one inside it while another demo uses the default. */
  readonly dataDir: string | null
}

/** A part of the demo that listens on its own port. */
export type Part = keyof typeof portSettings

/** The result of reading the command line and the environment. */
export type Asked =
  | { readonly kind: "start"; readonly settings: Settings }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "problems"; readonly problems: readonly string[] }

/** Default data directory, relative to the working directory. */
export const defaultDataDir = ".data"

const portSettings = {
  console: { flag: "port", fallback: 5173, what: "the console" },
  bridge: { flag: "bridge-port", fallback: 8080, what: "the bridge" },
  backend: { flag: "backend-port", fallback: 50_051, what: "the gRPC server" },
  admin: { flag: "admin-port", fallback: 9901, what: "the bridge's health, readiness and metrics" },
} as const

const parts = Object.keys(portSettings) as Part[]
const options = {
  port: { type: "string" },
  "bridge-port": { type: "string" },
  "backend-port": { type: "string" },
  "admin-port": { type: "string" },
  host: { type: "string" },
  "data-dir": { type: "string" },
  upstream: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const
type Flag = Exclude<keyof typeof options, "help">

/** Reads flags and environment variables. A flag wins over its variable. Reports every problem at once. */
export function readSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Asked {
  const flags = readFlags(args)
  if (typeof flags === "string") return { kind: "problems", problems: [flags] }
  if (flags.help === true) return { kind: "help", text: helpText() }

  const problems: string[] = []
  const valueOf = (flag: Flag) => flags[flag] ?? (env[variableOf(flag)] || undefined)
  const port = (part: Part): number => {
    const { flag, fallback } = portSettings[part]
    const text = valueOf(flag) ?? String(fallback)
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
    problems.push(
      `${named(flag)}: "${text}" is no port; expected is a number from 0 to 65535, where 0 picks a free one`,
    )
    return 0
  }
  const ports = { console: port("console"), bridge: port("bridge"), backend: port("backend"), admin: port("admin") }
  const upstream = valueOf("upstream") ?? null
  if (upstream !== null && valueOf("backend-port") !== undefined) {
    problems.push(`${named("backend-port")} is the port of the demo's own gRPC server, which --upstream replaces`)
  }
  problems.push(...sharedPorts(upstream === null ? ports : { ...ports, backend: 0 }))
  if (problems.length > 0) return { kind: "problems", problems }

  const host = valueOf("host") ?? "127.0.0.1"
  // Some machines resolve localhost to ::1 first. We listen on 127.0.0.1, which browsers also try.
  const address = host === "localhost" ? "127.0.0.1" : host
  return { kind: "start", settings: { host: address, ports, upstream, dataDir: valueOf("data-dir") ?? null } }
}

/** The flag and the variable that set a part's port: `--bridge-port (CAUSEWAY_DEMO_BRIDGE_PORT)`. */
export function portSettingName(part: Part): string {
  return named(portSettings[part].flag)
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return `${error.message}; see --help`
  }
}

function sharedPorts(ports: Settings["ports"]): string[] {
  const users = Map.groupBy(
    parts.filter((part) => ports[part] !== 0),
    (part) => ports[part],
  )
  return [...users]
    .filter(([, sharing]) => sharing.length > 1)
    .map(
      ([port, sharing]) => `port ${port} is asked for more than once: by ${sharing.map(portSettingName).join(" and ")}`,
    )
}

function named(flag: Flag): string {
  return `--${flag} (${variableOf(flag)})`
}

function variableOf(flag: Flag): string {
  return `CAUSEWAY_DEMO_${flag.toUpperCase().replaceAll("-", "_")}`
}

function helpText(): string {
  const rows: [Flag, string][] = parts.map((part) => {
    const { flag, what, fallback } = portSettings[part]
    return [flag, `port of ${what}; default ${fallback}, 0 picks a free one`]
  })
  rows.push(
    ["upstream", "your own gRPC server, as http://127.0.0.1:50051: the demo's own is not started"],
    ["host", "where console and bridge listen; default 127.0.0.1, 0.0.0.0 is every address of this machine"],
    ["data-dir", `where the data, the bridge's log and its configuration go; default ${defaultDataDir}`],
  )
  return [
    "Usage: npm start -- [flags]",
    "",
    "Starts the demo: a gRPC server, the bridge in front of it, and the console that calls through the bridge. Its Faults",
    "page breaks and repairs them; the relay that it needs stands before the gRPC server, at the server's port.",
    "",
    "With --upstream it starts bridge and console before a gRPC server of your own. The Explorer calls every method that the",
    "server's reflection names. Further settings of the bridge come from its variables, such as CAUSEWAY_UPSTREAM_CA.",
    "",
    ...rows.map(([flag, meaning]) => `  --${flag.padEnd(13)} ${variableOf(flag).padEnd(28)} ${meaning}`),
    "",
  ].join("\n")
}
