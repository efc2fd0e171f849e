import { createBridge } from "@causeway/bridge"
import type { Log } from "@causeway/bridge"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { allowedOrigin } from "../target.ts"
import type { Proxy, ProxyOptions, Target } from "../target.ts"
import { chosenCodec } from "../../chosen-codec.ts"

/** The bridge of this repository, in this process, with its default settings. */
export async function bridgeTarget(): Promise<Target> {
  const manifest = await readFile(new URL("../../../packages/bridge/package.json", import.meta.url), "utf8")
  const { version } = JSON.parse(manifest) as { version: string }
  return { name: "bridge", version, patienceMs: 15_000, lacks: [], start }
}

const quiet = (): void => {}
/** The log is off: it would only report the faults that the cases cause. */
const silent: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

async function start({ upstream, upstreamCa }: ProxyOptions): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-wire-"))
  try {
    const upstreamCaFile = join(folder, "ca.pem")
    if (upstreamCa !== undefined) await writeFile(upstreamCaFile, upstreamCa.cert)
    const config = {
      upstream,
      ...(upstreamCa !== undefined && { upstreamCaFile }),
      listen: "127.0.0.1:0",
      corsOrigins: [allowedOrigin],
      admin: null,
      accessLog: "off",
      ...chosenCodec,
    } as const
    const bridge = await createBridge(config, { log: silent })
    return { address: bridge.address, close: () => bridge.close(0) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
