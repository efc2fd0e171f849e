import { exec } from "./exec.ts"

/** What the conformance suite's own go.mod asks for. */
const oldest = { major: 1, minor: 24 } as const

const remedy =
  `run the stage again with Go ${oldest.major}.${oldest.minor} or later on PATH: go.dev/dl has it for every system, ` +
  "a current Debian or Ubuntu as `apt-get install golang-go`"

/** Why what needs Go cannot run on this machine, with what to do about it; null: it can. */
export async function whyNoGo(): Promise<string | null> {
  const { exitCode, output } = await exec(["go", "env", "GOVERSION"])
  if (exitCode !== 0) return `Go is not installed; ${remedy}`
  const found = output.trim()
  return isRecentGo(found) ? null : `${found} is too old; ${remedy}`
}

/** Whether a version in Go's spelling, `go1.26.8`, is recent enough. */
export function isRecentGo(version: string): boolean {
  const [, major, minor] = /^(?:devel )?go(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > oldest.major || (Number(major) === oldest.major && Number(minor) >= oldest.minor)
}
