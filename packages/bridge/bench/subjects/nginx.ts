import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ProxyProcess } from "../../../../e2e/interop/servers/other-server.ts"
import { freePort, isListening } from "../../../../e2e/wire/targets/envoy.ts"

const startMs = 5_000

/** Starts nginx as one process that passes native gRPC on over h2c, with a log line for each call. */
export async function startNginx(backend: string, folder: string): Promise<ProxyProcess> {
  if (spawnSync("nginx", ["-v"]).status !== 0) throw new Error("nginx is not installed (Debian: nginx-light)")
  const port = await freePort()
  const file = join(folder, "nginx.conf")
  writeFileSync(file, configuration(new URL(backend).host, port, folder))
  const child = spawn("nginx", ["-c", file, "-p", folder, "-e", join(folder, "nginx-error.log")], { stdio: "ignore" })
  const ended = once(child, "exit")
  const until = performance.now() + startMs
  while (!(await isListening(port))) {
    if (child.exitCode !== null || performance.now() > until) throw new Error("nginx did not start")
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

function configuration(backend: string, port: number, folder: string): string {
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
worker_rlimit_nofile 20000;
events { worker_connections 20000; }
http {
  access_log ${folder}/nginx-access.log combined buffer=64k flush=1s;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  keepalive_requests 1000000000;
  client_max_body_size 8m;
  client_body_buffer_size 256k;
  upstream backend { server ${backend}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} http2;
    http2_max_concurrent_streams 256;
    location / { grpc_pass grpc://backend; grpc_read_timeout 1h; }
  }
}
`
}
