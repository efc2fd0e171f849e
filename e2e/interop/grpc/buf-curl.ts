import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { exec } from "../../../tools/checks/exec.ts"

/** The protocols of `buf curl`. */
export type CurlProtocol = "grpc" | "grpcweb"

/** A bridge that `buf curl` calls. Requests are passed as files in this folder. */
export interface CurlTarget {
  readonly protocol: CurlProtocol
  readonly address: string
  readonly folder: string
}

/** Runs a case of grpc's interop test descriptions with `buf curl`. Rejects if an expectation fails. */
export type CurlCase = (target: CurlTarget) => Promise<void>

const sizes = [31_415, 9, 2_653, 58_979]
const requestSizes = [27_182, 8, 1_828, 45_904]

/** The cases that need no control over a call in flight, by their names in the descriptions. */
export const curlCases: Readonly<Record<string, CurlCase>> = {
  async empty_unary(target) {
    assert.deepEqual(await answers(target, "EmptyCall", [{}]), [{}])
  },
  async large_unary(target) {
    const found = await answers(target, "UnaryCall", [{ responseSize: 314_159, payload: body(271_828) }])
    assert.deepEqual(found.map(size), [314_159])
  },
  async client_streaming(target) {
    const requests = requestSizes.map((length) => ({ payload: body(length) }))
    assert.deepEqual(await answers(target, "StreamingInputCall", requests), [{ aggregatedPayloadSize: 74_922 }])
  },
  async server_streaming(target) {
    const request = { responseParameters: sizes.map((size) => ({ size })) }
    assert.deepEqual((await answers(target, "StreamingOutputCall", [request])).map(size), sizes)
  },
  async ping_pong(target) {
    const requests = sizes.map((size, i) => ({ responseParameters: [{ size }], payload: body(requestSizes[i]) }))
    assert.deepEqual((await answers(target, "FullDuplexCall", requests)).map(size), sizes)
  },
  async empty_stream(target) {
    assert.deepEqual(await answers(target, "FullDuplexCall", []), [])
  },
  async custom_metadata(target) {
    const headers = ["x-grpc-test-echo-initial: test_initial_metadata_value", "x-grpc-test-echo-trailing-bin: q6ur"]
    const flags = headers.flatMap((header) => ["--header", header])
    const { output } = await curl(target, "UnaryCall", [{ responseSize: 1 }], ["--verbose", ...flags])
    assert.match(output, /^buf: < \(#1\) X-Grpc-Test-Echo-Initial: test_initial_metadata_value$/im)
    // `buf curl` prints HTTP trailers, but not the trailers that gRPC-Web sends in the body.
    if (target.protocol === "grpc") assert.match(output, /^buf: < \(#1\) X-Grpc-Test-Echo-Trailing-Bin: q6ur$/im)
  },
  async status_code_and_message(target) {
    await fails(target, "UnaryCall", { responseStatus: { code: 2, message: "test status message" } }, 2)
  },
  async special_status_message(target) {
    const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    await fails(target, "UnaryCall", { responseStatus: { code: 2, message } }, 2)
  },
  async unimplemented_method(target) {
    await fails(target, "UnimplementedCall", {}, 12)
  },
  async unimplemented_service(target) {
    await fails(target, "UnimplementedCall", {}, 12, "UnimplementedService")
  },
}

interface Answer {
  readonly payload?: { readonly body?: string }
}

async function answers(target: CurlTarget, method: string, requests: readonly object[]): Promise<Answer[]> {
  const { exitCode, output } = await curl(target, method, requests, [])
  assert.equal(exitCode, 0, output)
  return splitJson(output)
}

/** The exit code of `buf curl` holds the status in its upper five bits. */
async function fails(
  target: CurlTarget,
  method: string,
  request: { readonly responseStatus?: { readonly code: number; readonly message: string } },
  code: number,
  service = "TestService",
): Promise<void> {
  const { exitCode, output } = await curl(target, method, [request], [], service)
  assert.equal(exitCode >> 3, code, output)
  const wanted = request.responseStatus?.message
  if (wanted !== undefined) assert.equal((JSON.parse(output) as { message: string }).message, wanted)
}

async function curl(
  { protocol, address, folder }: CurlTarget,
  method: string,
  requests: readonly object[],
  flags: readonly string[],
  service = "TestService",
): Promise<{ exitCode: number; output: string }> {
  const file = join(folder, "request.json")
  await writeFile(file, requests.map((request) => JSON.stringify(request)).join("\n"))
  // The default is HTTP/1.1, which gRPC does not support and on which buf refuses bidirectional streams.
  const isHttp2 = protocol === "grpc" || method === "FullDuplexCall"
  const wire = ["--protocol", protocol, ...(isHttp2 ? ["--http2-prior-knowledge"] : [])]
  const url = `${address}/grpc.testing.${service}/${method}`
  return exec(["buf", "curl", "--schema", "proto", ...wire, "--data", `@${file}`, ...flags, url])
}

/** Splits consecutive JSON documents. Each begins and ends at the start of a line. */
function splitJson(text: string): Answer[] {
  const documents = text.trim().split(/(?<=^\}|^\{\})\n/m)
  return documents.filter((document) => document !== "").map((document) => JSON.parse(document) as Answer)
}

function size({ payload }: Answer): number {
  return Buffer.from(payload?.body ?? "", "base64").length
}

function body(length: number): { body: string } {
  return { body: Buffer.alloc(length).toString("base64") }
}
