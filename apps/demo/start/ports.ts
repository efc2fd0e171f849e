import { once } from "node:events"
import { createServer } from "node:net"

import { type Part, portSettingName, type Settings } from "./settings.ts"

/** The address that only this machine can reach. */
export const loopback = "127.0.0.1"

/** The address that a part listens on. */
function hostOf(part: Part, { host }: Pick<Settings, "host">): string {
  return part === "console" || part === "bridge" ? host : loopback
}

/** Finds every reason why a part could not listen, each with its remedy. Runs before any part starts. */
export async function portProblems(settings: Settings): Promise<string[]> {
  // With --upstream the demo starts no backend. The user's server may then use the backend's port.
  const isStarted = (part: Part): boolean => part !== "backend" || settings.upstream === null
  const parts = (Object.keys(settings.ports) as Part[]).filter(isStarted)
  const problems = await Promise.all(parts.map((part) => portProblem(part, settings)))
  // A wrong host gives the same problem for each part, and is reported once.
  return [...new Set(problems.filter((problem) => problem !== null))]
}

async function portProblem(part: Part, settings: Settings): Promise<string | null> {
  const host = hostOf(part, settings)
  const port = settings.ports[part]
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, "listening")
    return null
  } catch (error) {
    return explain(error, part, host, port)
  } finally {
    server.close()
  }
}

function explain(error: unknown, part: Part, host: string, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : null
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is in use: end the program that holds it, or choose another with ${portSettingName(part)}`
    case "EACCES":
      return `port ${port} may not be opened by this user: choose one from 1024 on with ${portSettingName(part)}`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `"${host}" is no address of this machine: choose another with --host`
    default:
      return `${part}: ${host} port ${port} cannot be listened on (${String(error)})`
  }
}
