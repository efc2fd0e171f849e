import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { consoleConfig } from "@causeway/demo/web/console-config.ts"
import { generate } from "selfsigned"
import { build } from "vite"
import type { InlineConfig } from "vite"
import { announceArtifacts, placeholderBridge } from "./artifacts.ts"

/** Makes what all tests share and one run needs once; gives the function that removes it. */
// oxlint-disable-next-line import/no-default-export -- Playwright's globalSetup is a module's default export
export default async function setUp(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), "causeway-e2e-"))
  const { consoleDir, callsDir, clientsDir, certFile, keyFile } = announceArtifacts(dir)
  const callPages: InlineConfig = {
    root: join(import.meta.dirname, "../pages"),
    build: { rolldownOptions: { input: ["calls.html", "streams.html", "feed.html", "workers.html"] } },
  }
  const clientsPage: InlineConfig = {
    root: join(import.meta.dirname, "../../interop/clients"),
    build: { rolldownOptions: { input: "page.html" } },
  }
  const console = consoleConfig(() => placeholderBridge)
  // With the page of another origin, which npm start serves from its source.
  const rolldownOptions = { input: ["index.html", "stranger.html"].map((name) => join(console.root ?? "", name)) }
  await Promise.all([
    bundle({ ...console, build: { ...console.build, rolldownOptions } }, consoleDir),
    bundle(callPages, callsDir),
    bundle(clientsPage, clientsDir),
    writeCertificate(certFile, keyFile),
  ])
  return () => rm(dir, { recursive: true, force: true })
}

async function bundle(config: InlineConfig, outDir: string): Promise<void> {
  await build({ ...config, configFile: false, logLevel: "warn", build: { ...config.build, outDir, emptyOutDir: true } })
}

async function writeCertificate(certFile: string, keyFile: string): Promise<void> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  })
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)])
}
