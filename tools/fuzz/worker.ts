// Fuzzes one target on its own thread. The parent can then end a target that hangs, and V8 counts only this thread's
// code.

import { parentPort, workerData } from "node:worker_threads"
import { watchAllocations } from "./allocations.ts"
import { startCoverage, type Reach } from "./coverage.ts"
import { explore } from "./explore.ts"
import type { WorkerTask } from "./fuzz-target.ts"
import type { FuzzTarget } from "./target.ts"

const { module, name, given, bounds, current, isBlind } = workerData as WorkerTask

const allocations = watchAllocations()
const real = startCoverage((url) => url.startsWith("file:") && /\/packages\/\w+\/src\/|\/fixtures\//.test(url))
let takes = 0
// Reports new code at every 64th read, so that some inputs are kept and grow by chance.
const blind = { take: (): Reach => new Map([[String(takes++ >> 6), Uint8Array.of(1)]]) }
const { targets } = (await import(module)) as { readonly targets: readonly FuzzTarget[] }
const target = targets.find((one) => one.name === name)
if (target === undefined) throw new Error(`${module} has no target ${name}`)

const [head, body] = [new Int32Array(current, 0, 2), new Uint8Array(current, 8)]
const exploration = explore(target, given, bounds, {
  coverage: isBlind ? blind : real,
  allocations,
  begin(input) {
    body.set(input.subarray(0, body.length))
    head[1] = input.length
    Atomics.add(head, 0, 1)
  },
})
parentPort?.postMessage(exploration)
