import type { ChildProcess } from "node:child_process"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { waitFor } from "./wait-for.ts"

const delayScript = fileURLToPath(new URL("delay-packets.pl", import.meta.url))
const hostDevice = (name: string): string => `cw-${name}-${process.pid}`

/** How the link to a namespace fails. */
export type Cut = "link down" | "packets dropped" | "3 s of delay"

/** A program in a namespace. */
export interface NamespaceProgram {
  /** The lines that it has written. */
  lines(): readonly string[]
  /** Waits until it has written this many lines. */
  wrote(count: number): Promise<void>
}

/**
 * A network namespace that a veth pair joins to the host, by addresses of 198.18.0.0/15 (RFC 2544: networks under test). Namespaces
 * and addresses have the number of this process, so that runs at the same time do not meet.
 */
export class NetworkNamespace {
  /** The address in the namespace. */
  readonly address: string
  readonly #hostAddress: string
  readonly #device: string
  readonly #programs: ChildProcess[] = []

  /** `number`: 0 or 1. */
  constructor(name: "near" | "far" | "try", number: number) {
    const network = (process.pid % 2 ** 14) * 8 + number * 4
    const at = (host: number): string => `198.${18 + (network >> 16)}.${(network >> 8) & 255}.${(network & 255) + host}`
    this.#hostAddress = at(1)
    this.address = at(2)
    this.#device = hostDevice(name)
  }

  create(): void {
    deleteLeftOvers()
    ip("netns", "add", this.#device)
    ip("link", "add", this.#device, "type", "veth", "peer", "name", "veth0", "netns", this.#device)
    ip("address", "add", `${this.#hostAddress}/30`, "dev", this.#device)
    ip("link", "set", "dev", this.#device, "up")
    this.#ip("address", "add", `${this.address}/30`, "dev", "veth0")
    this.#ip("link", "set", "dev", "lo", "up")
    this.#ip("link", "set", "dev", "veth0", "up")
  }

  /** Runs a program inside. */
  run(command: string, ...args: readonly string[]): NamespaceProgram {
    const child = spawn("ip", ["netns", "exec", this.#device, command, ...args], { stdio: ["pipe", "pipe", "inherit"] })
    let written = ""
    child.stdout.on("data", (chunk: Buffer) => (written += chunk.toString()))
    this.#programs.push(child)
    const lines = (): string[] => written.split("\n").slice(0, -1)
    return {
      lines,
      async wrote(count) {
        await waitFor(() => lines().length >= count || child.exitCode !== null)
        if (lines().length < count) throw new Error(`${command} ended with ${child.exitCode}`)
      },
    }
  }

  /** Prepares the delay: packets that leave the namespace can be sent through a program that holds them. */
  async prepareDelay(): Promise<void> {
    await this.run("perl", delayScript, "3").wrote(1)
    // A delayed packet comes in again with an address of this namespace as its source, and is forwarded.
    const settings = ["ip_forward=1", "conf.slow.accept_local=1", "conf.slow.rp_filter=0", "conf.all.rp_filter=0"]
    for (const setting of settings) {
      const [name, value] = setting.split("=")
      const path = `/proc/sys/net/ipv4/${name.replaceAll(".", "/")}`
      execFileSync("ip", ["netns", "exec", this.#device, "sh", "-c", `echo ${value} > ${path}`])
    }
    this.#ip("link", "set", "dev", "slow", "up")
    this.#ip("route", "add", "default", "dev", "slow", "table", "100")
    // The rule of the delay must come before the one for local addresses.
    this.#ip("rule", "add", "lookup", "local", "pref", "20")
    this.#ip("rule", "del", "pref", "0")
  }

  cut(how: Cut): void {
    if (how === "link down") this.#ip("link", "set", "dev", "veth0", "down")
    else if (how === "3 s of delay") this.#ip("rule", "add", "iif", "lo", "lookup", "100", "pref", "10")
    else {
      tc("qdisc", "replace", "dev", this.#device, "root", "blackhole")
      tc("-netns", this.#device, "qdisc", "replace", "dev", "veth0", "root", "blackhole")
    }
  }

  /** Ends the cut. */
  mend(how: Cut): void {
    if (how === "link down") this.#ip("link", "set", "dev", "veth0", "up")
    else if (how === "3 s of delay") this.#ip("rule", "del", "pref", "10")
    else {
      tc("qdisc", "del", "dev", this.#device, "root")
      tc("-netns", this.#device, "qdisc", "del", "dev", "veth0", "root")
    }
  }

  /** Ends its programs and deletes it. Deletes what is there, too, if `create` has failed half way. */
  async delete(): Promise<void> {
    for (const child of this.#programs) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, "exit")
      child.kill("SIGKILL")
      await ended
    }
    deleteNamespace(this.#device)
  }

  #ip(...args: readonly string[]): void {
    ip("-netns", this.#device, ...args)
  }
}

/** The reason why this machine cannot run the test. Null: it can. */
export async function whyNoNamespaces(): Promise<string | null> {
  const trial = new NetworkNamespace("try", 0)
  try {
    trial.create()
    await trial.prepareDelay()
    trial.cut("packets dropped")
    return null
  } catch (cause) {
    return `no network namespaces here (Linux, root, ip, tc, perl and /dev/net/tun are needed): ${String(cause).split("\n", 1)[0]}`
  } finally {
    await trial.delete()
  }
}

/** A run that was killed leaves its namespaces behind. */
function deleteLeftOvers(): void {
  for (const [name, pid] of ip("netns", "list").matchAll(/^cw-(?:near|far|try)-(\d+)/gm)) {
    if (!isRunning(Number(pid))) deleteNamespace(name)
  }
}

/** Deletes the host's end of the pair too: without that it stays for a while after its namespace. */
function deleteNamespace(name: string): void {
  for (const args of [
    ["link", "delete", "dev", name],
    ["netns", "delete", name],
  ]) {
    try {
      ip(...args)
    } catch {
      // It was not there.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM"
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
}

function tc(...args: readonly string[]): void {
  execFileSync("tc", args, { stdio: ["ignore", "pipe", "pipe"] })
}
