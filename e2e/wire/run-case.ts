import type { Lab } from "./scene.ts"
import { Scene, startLab } from "./scene.ts"
import type { Target } from "./target.ts"
import type { Variant } from "./variant.ts"
import type { WireCase } from "./wire-case.ts"

/** The result of a case in one of its variants. */
export interface Outcome {
  /** Null: the case passed. */
  readonly error: Error | null
  /** A short description. */
  readonly seen: string
}

let lastRun = 0

/** Runs a case once, in bounded time. Closes everything that the case opened. */
export async function runCase(shared: Lab, wireCase: WireCase, variant: Variant): Promise<Outcome> {
  const lab = wireCase.isApart === true ? await startLab(shared.target) : shared
  const scene = new Scene(lab.target, lab.backend, lab.proxy.address, variant, `${wireCase.id}-${++lastRun}`)
  let error: Error | null = null
  try {
    await within(timeoutOf(wireCase, shared.target), wireCase.run(scene))
  } catch (cause) {
    error = cause as Error
  }
  const seen = scene.seen
  try {
    await scene.close()
  } catch (cause) {
    error ??= cause as Error
  }
  if (lab !== shared) await lab.close()
  return { error, seen }
}

function timeoutOf({ timeoutMs = 0 }: WireCase, { patienceMs }: Target): number {
  return Math.max(timeoutMs, patienceMs)
}

async function within(ms: number, run: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over within ${ms} ms`)), ms)
  })
  try {
    await Promise.race([run, late])
  } finally {
    clearTimeout(timer)
    run.catch(() => {}) // the case's connections close now, so its later errors mean nothing
  }
}
