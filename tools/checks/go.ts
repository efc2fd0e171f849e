import { exec } from "./exec.ts"

/** The version that the conformance suite's go.mod requires. */
const oldest = { major: 1, minor: 24 } as const

const remedy =
  `run the stage again with Go ${oldest.major}.${oldest.minor} or later on PATH: go.dev/dl has it for every system, ` +
  "a current Debian or Ubuntu as `apt-get install golang-go`"

/** Returns why this machine cannot run stages that need Go, and the remedy. Null means that it can. */
export async function whyNoGo(): Promise<string | null> {
  const { exitCode, output } = await exec(["go", "env", "GOVERSION"])
  if (exitCode !== 0) return `Go is not installed; ${remedy}`
  const found = output.trim()
  return isRecentGo(found) ? null : `${found} is too old; ${remedy}`
}

/** Whether a version such as `go1.26.8` is recent enough. */
export function isRecentGo(version: string): boolean {
  const [, major, minor] = /^(?:devel )?go(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > oldest.major || (Number(major) === oldest.major && Number(minor) >= oldest.minor)
}
