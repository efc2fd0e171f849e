import { spawn } from "node:child_process"
import { once } from "node:events"
import { install } from "../../../../e2e/interop/servers/install.ts"
import type { Recipe } from "../../../../e2e/interop/servers/install.ts"
import type { ProxyProcess } from "../../../../e2e/interop/servers/other-server.ts"
import { freePort, isListening } from "../../../../e2e/wire/targets/envoy.ts"

const version = "0.1.0"
const recipe: Recipe = {
  name: `grpc-web-proxy-${version}`,
  file: "node_modules/@grpc-web/proxy/src/cli.js",
  toolchain: ["npm", "--version"],
  commands: (folder) => [["npm", "install", "--silent", "--prefix", folder, `@grpc-web/proxy@${version}`]],
}
const startMs = 10_000

/** @grpc-web/proxy of npm. It does not tell when it listens. */
export async function startGrpcWebProxyOfNpm(backend: string): Promise<ProxyProcess> {
  const [script, port] = [await install(recipe), await freePort()]
  const child = spawn(process.execPath, [script, "--target", backend, "--listen", String(port)], { stdio: "ignore" })
  const ended = once(child, "exit")
  const until = performance.now() + startMs
  while (!(await isListening(port))) {
    if (child.exitCode !== null || performance.now() > until) throw new Error("@grpc-web/proxy did not start")
  }
  return {
    address: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    async close() {
      child.kill("SIGKILL")
      await ended
    },
  }
}
