/// <reference types="vite/client" />
// oxlint-disable-next-line import/default -- Vite makes this module: its default is the URL of the bundled worker
import workerUrl from "./worker.ts?worker&url"

/** Where the calls are made: each kind of worker runs the same script. */
export type WorkerKind = "worker" | "shared worker" | "service worker"

/** Calls from workers, for `page.evaluate`. */
export interface Workers {
  /** Starts a worker, which makes its calls to this bridge. */
  start(kind: WorkerKind, bridge: string): Promise<void>
  /** What the worker has told, in order. */
  told(): readonly string[]
}

declare global {
  var pageWorkers: Workers
}

const words: string[] = []

globalThis.pageWorkers = {
  async start(kind, bridge) {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }: MessageEvent<string>) => words.push(data)
    const target = await open(kind)
    target.postMessage(bridge, [port2])
  },
  told: () => words,
}

async function open(kind: WorkerKind): Promise<Worker | MessagePort | ServiceWorker> {
  if (kind === "worker") return new Worker(workerUrl)
  if (kind === "shared worker") return new SharedWorker(workerUrl).port
  // It need not control this page: it is spoken to by its registration.
  const { installing, waiting, active } = await navigator.serviceWorker.register(workerUrl)
  const worker = active ?? waiting ?? installing
  if (worker === null) throw new Error("the service worker is not there")
  return worker
}
