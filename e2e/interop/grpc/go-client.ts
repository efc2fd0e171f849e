import assert from "node:assert/strict"
import { exec } from "../../../tools/checks/exec.ts"
import { goProgram, install } from "../servers/install.ts"

/** grpc-go's own client of the interop tests, which speaks gRPC with prior knowledge of HTTP/2. */
const recipe = goProgram("grpc-go-client", "v1.85.0", "google.golang.org/grpc/interop/client")

/** Its cases that need neither credentials nor a server that is made for them. */
export const goClientCases: readonly string[] = [
  "empty_unary",
  "large_unary",
  "client_streaming",
  "server_streaming",
  "ping_pong",
  "empty_stream",
  "timeout_on_sleeping_server",
  "cancel_after_begin",
  "cancel_after_first_response",
  "custom_metadata",
  "status_code_and_message",
  "special_status_message",
  "unimplemented_method",
  "unimplemented_service",
]

/** Runs one of its cases against the bridge; gives what it prints when it fails. */
export async function runGoClient(address: string, testCase: string): Promise<void> {
  const { hostname, port } = new URL(address)
  const flags = [`-server_host=${hostname}`, `-server_port=${port}`, `-test_case=${testCase}`]
  const { exitCode, output } = await exec([await install(recipe), ...flags])
  assert.equal(exitCode, 0, output)
}
