import { createBridge } from "@causeway/bridge"
import { startBackend } from "../backend/start-backend.ts"
import { startConnectNode } from "./connect-node.ts"
import { startEnvoy } from "./envoy.ts"
import { startGrpcwebproxy } from "./grpcwebproxy.ts"
import type { OtherServer, RunningServer, StartProxy } from "./other-server.ts"
import { startTonicWeb } from "./tonic-web.ts"
import { startVanguard } from "./vanguard.ts"

/** Our bridge, for comparison. */
const startBridge: StartProxy = async ({ href }) => {
  const bridge = await createBridge({
    upstream: href,
    listen: "127.0.0.1:0",
    admin: null,
    accessLog: "off",
    logLevel: "error",
  })
  return { address: bridge.address, close: () => bridge.close(0) }
}

/** All servers, in the order of docs/interop.md. */
export const otherServers: readonly OtherServer[] = [
  { name: "causeway", start: () => startBefore(startBridge) },
  { name: "connect-node", start: startConnectNode },
  { name: "Envoy", start: () => startBefore(startEnvoy) },
  { name: "grpcwebproxy", start: () => startBefore(startGrpcwebproxy) },
  { name: "vanguard", start: () => startBefore(startVanguard) },
  { name: "tonic-web", start: () => startBefore(startTonicWeb) },
]

async function startBefore(startProxy: StartProxy): Promise<RunningServer> {
  const backend = await startBackend()
  try {
    const proxy = await startProxy(new URL(backend.address))
    return {
      address: proxy.address,
      backend,
      async close() {
        await proxy.close()
        await backend.close()
      },
    }
  } catch (error) {
    await backend.close()
    throw error
  }
}
