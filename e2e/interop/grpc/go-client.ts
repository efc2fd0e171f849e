import assert from "node:assert/strict"
import { exec } from "../../../tools/checks/exec.ts"
import { goProgram, install } from "../servers/install.ts"

/** grpc-go's own client of the interop tests. It speaks gRPC over HTTP/2 with prior knowledge. */
const recipe = goProgram("grpc-go-client", "v1.85.0", "google.golang.org/grpc/interop/client")

/** The cases of grpc-go's client that need neither credentials nor a special server. */
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

/** Runs a case of grpc-go's client against the bridge. Rejects with the client's output if the case fails. */
export async function runGoClient(address: string, testCase: string): Promise<void> {
  const { hostname, port } = new URL(address)
  const flags = [`-server_host=${hostname}`, `-server_port=${port}`, `-test_case=${testCase}`]
  const { exitCode, output } = await exec([await install(recipe), ...flags])
  assert.equal(exitCode, 0, output)
}
