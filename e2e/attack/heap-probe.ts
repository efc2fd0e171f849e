// The bridge loads this file before its own code (node --import). It reports the used memory after a garbage collection.

import { Channel } from "./channel.ts"

const channel = new Channel(process)
process.channel?.unref()
channel.on("probe-heap", () => {
  for (let round = 0; round < 3; round++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  channel.send({ kind: "heap", usedBytes: heapUsed + arrayBuffers })
})
