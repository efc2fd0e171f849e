// Loaded into the bridge before its own code (node --import): tells how much memory is in use after a garbage collection.

import { Channel } from "./channel.ts"

const channel = new Channel(process)
process.channel?.unref()
channel.on("probe-heap", () => {
  for (let round = 0; round < 3; round++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  channel.send({ kind: "heap", usedBytes: heapUsed + arrayBuffers })
})
