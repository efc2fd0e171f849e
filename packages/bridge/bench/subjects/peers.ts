import { join } from "node:path"
import { startGrpcwebproxy } from "../../../../e2e/interop/servers/grpcwebproxy.ts"
import { startTonicWeb } from "../../../../e2e/interop/servers/tonic-web.ts"
import type { ProxyProcess } from "../../../../e2e/interop/servers/other-server.ts"
import { envoyConfig } from "../../../../e2e/wire/targets/envoy-config.ts"
import { runEnvoy } from "../../../../e2e/wire/targets/envoy.ts"
import { fetchEnvoy } from "../../../../e2e/wire/targets/fetch-envoy.ts"
import { addressOf, startChild } from "../child.ts"
import { writeCertificate } from "./bridge.ts"
import { startGrpcWebProxyOfNpm } from "./grpc-web-proxy.ts"
import { startNginx } from "./nginx.ts"
import type { Front, Subject, SubjectKind } from "./subject.ts"
import { anyWeb } from "./subject.ts"

/** Beyond the calls of every workload. */
const maxCalls = 30_000

/** A bare relay on node:http and node:http2. */
const relay: SubjectKind = {
  name: "relay",
  fronts: ["plain"],
  isBridge: false,
  carriers: ["http1", "http2"],
  protocols: ["grpc-web"],
  async start({ address: upstream }) {
    const child = await startChild(join(import.meta.dirname, "../relay.ts"), [upstream], ["http1", "http2"])
    const addresses = { http1: addressOf(child, "http1"), http2: addressOf(child, "http2") }
    return { name: "relay", pids: [child.pid], addresses, checkObserved: null, stop: () => child.stop() }
  },
}

/** Envoy with the filters, limits and log that make it do what the bridge does. One worker. */
const envoy: SubjectKind = {
  name: "envoy",
  fronts: ["plain", "tls"],
  isBridge: false,
  ...anyWeb,
  async start(backend, folder, front) {
    const certificate = front === "tls" ? await writeCertificate(folder) : null
    const process = await runEnvoy(await fetchEnvoy(), (port) =>
      envoyConfig({
        ...{ port, upstream: new URL(backend.address), maxCalls, accessLogFile: join(folder, `envoy-${front}.log`) },
        ...(certificate !== null && { certificate }),
      }),
    )
    const address = front === "tls" ? process.address.replace("http:", "https:") : process.address
    return ofProcess("envoy", { ...process, address }, ["http1", "http2"])
  },
}

/** The backend itself: the least that a call can take. */
const direct: SubjectKind = {
  name: "direct",
  fronts: ["plain"],
  isBridge: false,
  carriers: ["http2"],
  protocols: ["grpc"],
  start: (backend) =>
    Promise.resolve({
      ...{ name: "direct", pids: [backend.pid], addresses: { http1: null, http2: backend.address } },
      ...{ checkObserved: null, stop: () => Promise.resolve() },
    }),
}

const nginx: SubjectKind = {
  name: "nginx",
  fronts: ["plain"],
  isBridge: false,
  carriers: ["http2"],
  protocols: ["grpc"],
  start: async (backend, folder) => ofProcess("nginx", await startNginx(backend.address, folder), ["http2"]),
}

/** The programs that the bridge can be compared with. */
export const peers: readonly SubjectKind[] = [
  envoy,
  relay,
  nginx,
  direct,
  web("grpcwebproxy", ["http1"], (backend) => startGrpcwebproxy(new URL(backend))),
  web("grpc-web-proxy", ["http1"], startGrpcWebProxyOfNpm),
  web("tonic-web", ["http1", "http2"], (backend) => startTonicWeb(new URL(backend))),
]

function web(
  name: string,
  carriers: SubjectKind["carriers"],
  start: (backend: string) => Promise<ProxyProcess>,
): SubjectKind {
  const fronts: readonly Front[] = ["plain"]
  return {
    ...{ name, fronts, isBridge: false, carriers, protocols: anyWeb.protocols },
    start: async (backend) => ofProcess(name, await start(backend.address), carriers),
  }
}

function ofProcess(name: string, { address, pid, close }: ProxyProcess, carriers: SubjectKind["carriers"]): Subject {
  const of = (carrier: "http1" | "http2"): string | null => (carriers.includes(carrier) ? address : null)
  return { name, pids: [pid], addresses: { http1: of("http1"), http2: of("http2") }, checkObserved: null, stop: close }
}
