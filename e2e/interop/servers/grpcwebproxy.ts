import { goProgram, install } from "./install.ts"
import type { StartProxyProcess } from "./other-server.ts"
import { startProgram } from "./program.ts"

const recipe = goProgram("grpcwebproxy", "v0.15.0", "github.com/improbable-eng/grpc-web/go/grpcwebproxy")

/** The grpcwebproxy of improbable-eng. */
export const startGrpcwebproxy: StartProxyProcess = async ({ host }) => {
  const flags = [
    "--backend_addr",
    host,
    "--run_tls_server=false",
    "--server_bind_address=127.0.0.1",
    "--server_http_debug_port=0",
    "--allow_all_origins",
  ]
  const program = await startProgram([await install(recipe), ...flags], /listening for http on: ([\d.:]+)/)
  return { address: `http://${program.found}`, pid: program.pid, close: program.close }
}
