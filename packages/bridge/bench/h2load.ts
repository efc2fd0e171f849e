import { spawn, spawnSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { encodeFrame } from "@causeway/protocol"
import type { Latency } from "./load/load-spec.ts"
import { latencyOf } from "./load/load-spec.ts"
import { constantFields, varyingFields } from "./load/request-fields.ts"
import type { Workload } from "./workloads.ts"
import { answerBytes } from "./workloads.ts"

/** The reason why this machine cannot produce the load, or null. */
export function h2loadProblem(): string | null {
  const { error, status } = spawnSync("h2load", ["--version"])
  if (error === undefined && status === 0) return null
  return "The load comes from h2load, which does not run here: apt-get install nghttp2-client (Debian, Ubuntu), or apk add nghttp2"
}

/**
 * Makes so many calls and waits for their answers. `files` is the path before the suffixes of the files that h2load reads and writes.
 * @throws unless every call was answered in full
 */
export async function runH2load(workload: Workload, address: string, calls: number, files: string): Promise<Latency> {
  const body = `${files}.request`
  const log = `${files}.h2load`
  const message = new Uint8Array(workload.requestMessageBytes)
  message[0] = workload.mark
  writeFileSync(body, encodeFrame(0, message))
  rmSync(log, { force: true }) // h2load appends
  const { connections, callsPerConnection } = workload
  const output = await run("h2load", [
    ...(workload.carrier === "http1" ? ["--h1"] : ["-m", String(callsPerConnection)]),
    ...["-n", String(calls), "-c", String(connections), "-d", body, `--log-file=${log}`],
    ...headersOf(workload, address).flatMap((header) => ["-H", header]),
    address + varyingFields(0).path,
  ])
  checkAnswers(output, workload, calls)
  return readLatency(log)
}

/** An error is answered with 200 too: only the bytes show that every message came. */
function checkAnswers(output: string, workload: Workload, calls: number): void {
  const answered = /(\d+) 2xx/.exec(output)?.[1]
  const bytes = /headers \(space savings [^)]*\), \S+ \((\d+)\) data/.exec(output)?.[1]
  if (Number(answered) === calls && Number(bytes) > calls * answerBytes(workload)) return
  throw new Error(`${workload.name}: not all of ${calls} calls were answered in full; h2load says\n${output}`)
}

/** A line of the log: when the request began (µs since 1970), HTTP status, duration in µs. */
function readLatency(log: string): Latency {
  const lines = readFileSync(log, "latin1").trimEnd().split("\n")
  return latencyOf(Float64Array.from(lines, (line) => Number(line.split("\t")[2]) / 1_000))
}

function headersOf(workload: Workload, address: string): readonly string[] {
  const { authorization, requestId } = varyingFields(0)
  const constant = constantFields({ ...workload, address, pace: { kind: "closed", calls: 1 } })
  const fields = [...constant, ["authorization", authorization] as const, ["x-request-id", requestId] as const]
  return fields.map(([name, value]) => `${name}: ${value}`)
}

function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  const keep = (chunk: string): string => (output += chunk)
  child.stdout.setEncoding("utf8").on("data", keep)
  child.stderr.setEncoding("utf8").on("data", keep)
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", () => resolve(output))
  })
}
