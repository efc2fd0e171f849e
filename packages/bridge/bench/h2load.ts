import { spawn, spawnSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import type { Workload } from "./workloads.ts"

/** Times from a call's first byte to its last, in milliseconds, under full load. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** Request fields of a page: a cross-origin call of Chromium with a token and a deadline. */
const headers = [
  "content-type: application/grpc-web+proto",
  "accept: */*",
  "accept-encoding: gzip, deflate, br, zstd",
  "accept-language: en-GB,en;q=0.9",
  "authorization: Bearer 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "grpc-timeout: 30S",
  "origin: https://app.example",
  "priority: u=1, i",
  "referer: https://app.example/",
  'sec-ch-ua: "Chromium";v="150", "Not_A Brand";v="24"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"',
  "sec-fetch-dest: empty",
  "sec-fetch-mode: cors",
  "sec-fetch-site: same-site",
  "user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
  "x-grpc-web: 1",
  "x-user-agent: causeway-bench/1",
]

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
  writeFileSync(body, workload.request)
  rmSync(log, { force: true }) // h2load appends
  const { connections, callsPerConnection } = workload
  const output = await run("h2load", [
    ...(workload.carrier === "http1" ? ["--h1"] : ["-m", String(callsPerConnection)]),
    ...["-n", String(calls), "-c", String(connections), "-d", body, `--log-file=${log}`],
    ...headers.flatMap((header) => ["-H", header]),
    address + workload.path,
  ])
  checkAnswers(output, workload, calls)
  return readLatency(log)
}

/** An error is answered with 200 too: only the bytes show that every message came. */
function checkAnswers(output: string, { name, messagesPerCall, answerBytes }: Workload, calls: number): void {
  const answered = /(\d+) 2xx/.exec(output)?.[1]
  const bytes = /headers \(space savings [^)]*\), \S+ \((\d+)\) data/.exec(output)?.[1]
  if (Number(answered) === calls && Number(bytes) > calls * messagesPerCall * answerBytes) return
  throw new Error(`${name}: not all of ${calls} calls were answered in full; h2load says\n${output}`)
}

/** A line of the log: when the request began (µs since 1970), HTTP status, duration in µs. */
function readLatency(log: string): Latency {
  const lines = readFileSync(log, "latin1").trimEnd().split("\n")
  const sorted = Float64Array.from(lines, (line) => Number(line.split("\t")[2]) / 1_000).sort()
  const percentile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]
  return { p50: percentile(0.5), p99: percentile(0.99) }
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
