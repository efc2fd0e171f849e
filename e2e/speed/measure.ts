import { chromium } from "@playwright/test"
import type { Browser, CDPSession } from "@playwright/test"
import { browserOptions } from "../browser/support/browsers.ts"
import type { ClientName, FeedRequest, Reading, SpeedPage } from "./page.ts"

/** The cost of reading one stream in a page. */
export interface Sample {
  readonly perSecond: number
  /** CPU time of the page's main thread, in milliseconds. */
  readonly mainThreadMs: number
  /** The peak size of JavaScript objects and buffers, in MB, sampled every few milliseconds. */
  readonly peakHeapMb: number
}

const heapIntervalMs = 20

/** Starts Chromium. If it is not installed, rejects with a remedy. */
export async function startChromium(): Promise<Browser> {
  const options = browserOptions("chromium")
  if (options === null) throw new Error("Chromium is not installed: `apt-get install chromium` on Debian")
  return chromium.launch(options.launchOptions)
}

/** Reads one stream with one client, in a new page. */
export async function measure(
  browser: Browser,
  origin: string,
  client: ClientName,
  request: FeedRequest,
): Promise<Sample> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(`${origin}/page.html`)
    await page.waitForFunction(() => "readFeed" in window)
    const session = await context.newCDPSession(page)
    await session.send("Performance.enable", { timeDomain: "threadTicks" })
    await session.send("HeapProfiler.collectGarbage")
    const before = await mainThreadSeconds(session)
    const heap = watchHeap(session)
    const reading = await page.evaluate(([name, feed]) => (window as unknown as SpeedPage).readFeed(name, feed), [
      client,
      request,
    ] as const)
    const peakHeapMb = (await heap.stop()) / 1e6
    const mainThreadMs = ((await mainThreadSeconds(session)) - before) * 1000
    check(reading, request)
    return { perSecond: reading.events / (reading.ms / 1000), mainThreadMs, peakHeapMb }
  } finally {
    await context.close()
  }
}

function check({ events, bytes }: Reading, { eventCount, payloadBytes }: FeedRequest): void {
  if (events === eventCount && bytes === eventCount * payloadBytes) return
  throw new Error(`read ${events} events with ${bytes} bytes; ${eventCount} with ${payloadBytes} each were sent`)
}

async function mainThreadSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics")
  const task = metrics.find(({ name }) => name === "TaskDuration")
  if (task === undefined) throw new Error("Chromium does not say how long its tasks took")
  return task.value
}

/** Samples the heap size, including garbage, until it is stopped. */
function watchHeap(session: CDPSession): { stop(): Promise<number> } {
  let peak = 0
  let isStopped = false
  const watching = (async () => {
    while (!isStopped) {
      const { usedSize, backingStorageSize } = await session.send("Runtime.getHeapUsage")
      peak = Math.max(peak, usedSize + backingStorageSize)
      await new Promise((resolve) => setTimeout(resolve, heapIntervalMs))
    }
  })()
  return {
    async stop() {
      isStopped = true
      await watching
      return peak
    },
  }
}
