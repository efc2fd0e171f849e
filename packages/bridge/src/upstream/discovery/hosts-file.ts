import { isIP } from "node:net"
import { join } from "node:path"

/** Path of the system's file of hosts. */
export function hostsFile(): string {
  if (process.platform !== "win32") return "/etc/hosts"
  return join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "drivers", "etc", "hosts")
}

/** The addresses of a name in the text of a file of hosts (hosts(5)). */
export function addressesInHosts(text: string, name: string): string[] {
  const wanted = name.toLowerCase()
  return text
    .toLowerCase()
    .split("\n")
    .filter((line) => line.includes(wanted))
    .map((line) => line.replace(/#.*/, "").trim().split(/\s+/))
    .filter(([address = "", ...names]) => isIP(address) !== 0 && names.includes(wanted))
    .map(([address = ""]) => address)
}
